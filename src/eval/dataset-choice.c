#include "eval/dataset-choice.h"
#include "leuko/error.h"

static gboolean has_shards(const char *path)
{
    static const char *const splits[] = {"test", "validation", "train"};
    for (guint i = 0; i < G_N_ELEMENTS(splits); i++)
        if (leuko_dataset_has_split(path, splits[i]))
            return TRUE;
    return FALSE;
}

LeukoDataset *leuko_eval_open_dataset(const char *path, const LeukoDatasetChoice *choice,
                                      const char **out_split, GError **error)
{
    const char *split = choice->split;
    *out_split = NULL;
    if (!has_shards(path)) {
        if (!split)
            return leuko_dataset_open_folder(path, choice->group_by, error);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: has no split \"%s\": it is not a folder of shards", path, split);
        return NULL;
    }
    if (choice->group_by) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: groups cannot be set by file name: the shards hold the groups", path);
        return NULL;
    }
    for (guint i = 0; !split && choice->order[i]; i++)
        if (leuko_dataset_has_split(path, choice->order[i]))
            split = choice->order[i];
    *out_split = split ? split : choice->order[0]; /* opening it names the splits that exist */
    return leuko_dataset_open_shards(path, *out_split, error);
}
