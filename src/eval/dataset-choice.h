/* eval/dataset-choice.h: opens the images that a model is judged on. */
#pragma once
#include "leuko/dataset.h"

G_BEGIN_DECLS

typedef struct {
    const char *split; /* "train", "validation" or "test"; NULL: the first of `order` that exists */
    const char *group_by;     /* folder of classes only: regular expression whose first capture in a
                             file's relative path is its group; NULL: no groups */
    const char *const *order; /* splits to try, NULL-terminated */
} LeukoDatasetChoice;

/* Open `path`: one split of the shards that sorting wrote, or a folder with a sub-folder per class.
 * *out_split is set to the split that was opened (static, or choice->split), NULL for a folder.
 * Errors: LEUKO_ERROR_ARGUMENT (group_by for shards, which hold their groups; a split of a folder
 * without shards); those of leuko_dataset_open_shards() and leuko_dataset_open_folder(). */
LeukoDataset *leuko_eval_open_dataset(const char *path, const LeukoDatasetChoice *choice,
                                      const char **out_split, GError **error);

G_END_DECLS
