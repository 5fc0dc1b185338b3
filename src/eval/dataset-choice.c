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

static gboolean is_plain(const LeukoFolderOptions *o)
{
    return !o->group_by && !o->group_by_path && !o->groups && !o->labels && !o->layout &&
           !o->classes && !o->labels_from_names;
}

LeukoDataset *leuko_eval_open_dataset(const char *path, const LeukoDatasetChoice *choice,
                                      const char **out_split, LeukoReporter reporter,
                                      GError **error)
{
    const char *split = choice->split;
    *out_split = NULL;
    if (!has_shards(path))
        return open_folder(path, choice, out_split, reporter, error);
    if (!is_plain(&choice->folder)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: holds shards, which have their classes and groups already; the layout, "
                    "labels and groups cannot be set",
                    path);
        return NULL;
    }
    for (guint i = 0; !split && choice->order[i]; i++)
        if (leuko_dataset_has_split(path, choice->order[i]))
            split = choice->order[i];
    *out_split = split ? split : choice->order[0]; /* opening it names the splits that exist */
    return leuko_dataset_open_shards(path, *out_split, error);
}
