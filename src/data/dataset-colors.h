/* data/dataset-colors.h: the colors of the images of a data set (image/color-transfer.h). */
#pragma once
#include "image/color-transfer.h"
#include "leuko/dataset.h"
#include "leuko/progress.h"
#include <gio/gio.h>

#define LEUKO_COLOR_IMAGES 1000 /* more do not change the reference of a data set noticeably */

/* Measure at most LEUKO_COLOR_IMAGES evenly spaced originals, without augmented copies.
 * reference  n_images 0: every image is masked out
 * reporter   phase "colors"
 * Errors     as leuko_dataset_read(), leuko_image_decode(); LEUKO_ERROR_CANCELLED
 * Cost       reading and decoding these images */
gboolean leuko_dataset_measure_colors(const LeukoDataset *dataset, guint n_threads,
                                      LeukoColorReference *reference, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error);
