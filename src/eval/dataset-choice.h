/* eval/dataset-choice.h: opens the images that a model is judged on. */
#pragma once
#include "leuko/dataset.h"
#include "leuko/progress.h"

G_BEGIN_DECLS

typedef struct {
    const char *split; /* "train", "validation" or "test"; NULL: the first of `order` that exists */
    LeukoFolderOptions folder; /* how to read a folder of images; for shards only `classes` */
    const char *const *order;  /* splits to try, NULL-terminated */
} LeukoDatasetChoice;

/* Open `path`: one split of the shards that sorting wrote, or a folder of images: one split of it
 * if its layout has splits, else all images. What a person should know of a folder is reported.
 * *out_split is set to the split that was opened (static, or choice->split), NULL for all images.
 * Errors: LEUKO_ERROR_ARGUMENT (options of folders for shards, which hold their groups and classes;
 * a split of a folder without splits); those of leuko_dataset_open_shards() and
 * leuko_dataset_open_images(). */
LeukoDataset *leuko_eval_open_dataset(const char *path, const LeukoDatasetChoice *choice,
                                      const char **out_split, LeukoReporter reporter,
                                      GError **error);

G_END_DECLS
