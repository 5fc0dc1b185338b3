/* compile/calibration-set.h: the training images that calibrate a quantized network. */
#pragma once
#include "engine/quantize.h"
#include "formats/model.h"
#include "leuko/progress.h"
#include <gio/gio.h>

typedef struct {
    LeukoCalibration *seen;
    guint n;       /* images */
    guint n_kept;  /* of them in x_nchw: to run again */
    float *x_nchw; /* (n_kept, 3, S, S) */
} LeukoCalibrationSet;

/* Up to n_wanted images of the training part of `path`, as many of each class, chosen by the hash of
 * their names; augmented copies only where originals do not suffice.
 * Errors: LEUKO_ERROR_DATA: no training part, fewer than LEUKO_MIN_CALIBRATION images. */
LeukoCalibrationSet *leuko_calibration_set_new(const char *path, const LeukoModel *model,
                                               const LeukoNet *net, guint n_wanted, guint n_threads,
                                               GCancellable *cancellable, LeukoReporter reporter,
                                               GError **error);
void leuko_calibration_set_free(LeukoCalibrationSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCalibrationSet, leuko_calibration_set_free)
