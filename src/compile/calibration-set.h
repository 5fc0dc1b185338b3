/* compile/calibration-set.h: calibrates a network for int8 with training images.
 *
 * Threads: one thread at a time per set; n_threads threads decode and OpenMP computes inside.
 */
#pragma once
#include "engine/quantize.h"
#include "formats/model.h"
#include "leuko/progress.h"
#include <gio/gio.h>

enum { LEUKO_CALIBRATION_KEPT = 64 }; /* largest number of images to keep */

typedef struct {
    LeukoCalibration *seen; /* ranges of activations over all images */
    guint n;                /* images */
    guint n_kept;           /* the first n_kept images are kept, to run them again */
    float *x_nchw;          /* (n_kept, 3, S, S) */
} LeukoCalibrationSet;

/* Run up to n_wanted images (at least LEUKO_MIN_CALIBRATION) of the training split of
 * `path` through `net`: the same number of each class, chosen by the hash of their names. Augmented
 * copies are used only if there are too few originals.
 * Errors: LEUKO_ERROR_DATA (no training split, too few images), LEUKO_ERROR_MEMORY; those of
 * reading images and of leuko_calibration_add(). */
LeukoCalibrationSet *leuko_calibration_set_new(const char *path, const LeukoModel *model,
                                               const LeukoNet *net, guint n_wanted, guint n_threads,
                                               GCancellable *cancellable, LeukoReporter reporter,
                                               GError **error);
void leuko_calibration_set_free(LeukoCalibrationSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCalibrationSet, leuko_calibration_set_free)
