/* study/crossval-weights.h: whether the initial weights of a cross-validation have seen its images.
 *
 * Features of a network that was trained on an image are those of a training image, in whatever
 * fold the image is held out. What only the head of the initial model was trained on does not
 * count: every fold fits a head of its own.
 */
#pragma once
#include "study/crossval-data.h"
#include "train/start.h"

G_BEGIN_DECLS

/* Compare the images and groups with the training lists of the initial weights (eval/overlap.h),
 * and add a note, with "WARNING", for what the network behind the head was trained on; and one
 * where the weights cannot tell.
 * Errors: those of leuko_dataset_read(), leuko_image_decode(); LEUKO_ERROR_CANCELLED.
 * Cost: nothing for weights without lists; else every image is read and decoded. */
gboolean leuko_crossval_check_weights(LeukoCrossvalData *data, const LeukoStart *start,
                                      guint n_threads, LeukoReporter reporter,
                                      GCancellable *cancellable, GError **error);

G_END_DECLS
