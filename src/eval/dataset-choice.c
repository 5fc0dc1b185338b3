#include "eval/dataset-choice.h"
#include "data/dataset-report.h"
#include "leuko/error.h"

static gboolean has_shards(const char *path)
{
    static const char *const splits[] = {"test", "validation", "train"};
    for (guint i = 0; i < G_N_ELEMENTS(splits); i++)
        if (leuko_dataset_has_split(path, splits[i]))
            return TRUE;
    return FALSE;
}

static LeukoDataset *open_folder(const char *path, const LeukoDatasetChoice *choice,
                                 const char **out_split, LeukoReporter reporter, GError **error)
{
    const char *const asked[] = {choice->split, NULL};
    g_autoptr(LeukoDataset) d = leuko_dataset_open_images(
        path, &choice->folder, choice->split ? asked : choice->order, out_split, error);
    if (!d)
        return NULL;
    if (choice->split && !*out_split) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
            "%s: has no split \"%s\": it is not a folder of shards, nor do its folders give splits",
            path, choice->split);
        return NULL;
    }
    leuko_dataset_report(d, reporter);
    return g_steal_pointer(&d);
}

LeukoDataset *leuko_eval_open_dataset(const char *path, const LeukoDatasetChoice *choice,
                                      const char **out_split, LeukoReporter reporter,
                                      GError **error)
{
    const char *split = choice->split;
    *out_split = NULL;
    if (!has_shards(path))
        return open_folder(path, choice, out_split, reporter, error);
    for (guint i = 0; !split && choice->order[i]; i++)
        if (leuko_dataset_has_split(path, choice->order[i]))
            split = choice->order[i];
    *out_split = split ? split : choice->order[0]; /* opening it names the splits that exist */
    return leuko_dataset_open_shards_as(path, *out_split, &choice->folder, error);
}
