/* engine/calibrate.h: ranges and moments of activations over images, for quantization.
 *
 * Threads: one thread at a time per calibration; OpenMP inside.
 */
#pragma once
#include "engine/moments.h"
#include "net/net.h"
#include "net/params.h"

G_BEGIN_DECLS

typedef struct LeukoCalibration LeukoCalibration;

/* Make an empty calibration of the trunk of `net`, which runs in fp32. Use images of the training
 * split only.
 * n_threads  0: all
 * Errors: those of leuko_program_new() and leuko_state_new(). */
LeukoCalibration *leuko_calibration_new(const LeukoNet *net, const LeukoParams *params,
                                        guint n_threads, GError **error);
/* Run n images, x_nchw (n, 3, S, S) in [-1, 1], and add their activations; about 0.3 s per image.
 * Errors: LEUKO_ERROR_DATA: a pixel or an activation is not finite; earlier images of the call may
 * have been added. */
gboolean leuko_calibration_add(LeukoCalibration *calibration, guint n, const float *x_nchw,
                               GError **error);
guint leuko_calibration_n_images(const LeukoCalibration *calibration);
void leuko_calibration_free(LeukoCalibration *calibration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCalibration, leuko_calibration_free)

/* --- for quantize.c --------------------------------------------------------------------------- */

enum { LEUKO_CALIBRATION_BINS = 1024 };

/* Histogram of one channel of a convolution's output, over all images. */
typedef struct {
    float limit;   /* the histogram covers [0, limit); 0 while no value is positive */
    float largest; /* value */
    guint64 n_values;
    guint32 bins[LEUKO_CALIBRATION_BINS];
} LeukoObserved;

/* The histograms (out_channels) of a layer of the net, borrowed; NULL unless it is a convolution of
 * the trunk. */
const LeukoObserved *leuko_calibration_observed(const LeukoCalibration *calibration, guint layer);
/* The covariances of the convolutions' inputs, borrowed. */
LeukoMoments *leuko_calibration_moments(const LeukoCalibration *calibration);

G_END_DECLS
