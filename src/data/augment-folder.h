/* data/augment-folder.h: augment all images below a folder. */
#pragma once
#include "data/augment-image.h"
#include "leuko/progress.h"

typedef struct {
    guint n_images, n_files, n_skipped; /* augmented images, files written, unreadable images */
} LeukoAugmentResult;

/* Augment every image of the folder `in_dir`, read as every command reads it (data/catalog.h) but
 * with or without classes, into the new folder `out_dir`, in the same
 * folders, and write out_dir/augment.csv: file, source, operation, parameters, seed; sorted by
 * source. `out_dir` appears whole or not at all. The same seed gives the same bytes, whatever the
 * number of threads and whichever other images the folder holds.
 * reporter  phase "augment"; how the folder is read, a line for each unreadable image
 * result    may be NULL
 * Errors    those of leuko_catalog_new()
 *           LEUKO_ERROR_ARGUMENT  the options; out_dir is inside in_dir, or is not empty
 *           LEUKO_ERROR_DATA      no images, all unreadable, two images whose files would have the
 *                                 same names, in_dir holds an augment.csv already
 *           LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED, LEUKO_ERROR_IO  of the first bad image
 *           LEUKO_ERROR_CANCELLED */
gboolean leuko_augment_folder(const char *in_dir, const char *out_dir,
                              const LeukoAugmentOptions *options, LeukoReporter reporter,
                              GCancellable *cancellable, LeukoAugmentResult *result,
                              GError **error);
