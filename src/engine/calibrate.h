/* engine/calibrate.h: what calibration saw, for quantize.c, and what that made of it, for the plan. */
#pragma once
#include "engine/moments.h"
#include "engine/quantize.h"

enum { LEUKO_CALIBRATION_BINS = 1024 };

/* One channel of a convolution's output, over all images. */
typedef struct {
    float limit; /* the histogram covers [0, limit); 0 until something positive was seen */
    float largest;
    guint64 n_values;
    guint32 bins[LEUKO_CALIBRATION_BINS];
} LeukoObserved;

/* (out_channels), or NULL for layers that were not observed: all but convolutions. */
const LeukoObserved *leuko_calibration_observed(const LeukoCalibration *calibration, guint layer);
LeukoMoments *leuko_calibration_moments(const LeukoCalibration *calibration);

/* Scale of each channel of a layer's quantized output, (out_channels), g_free. */
float *leuko_quantized_scales(const LeukoQuantized *quantized, guint layer);
/* (ic kh kw): the weight of a convolution whose product is added to this one's in 16 bits where there is
 * no VNNI, -1: none; g_free. */
gint *leuko_weight_partners(const LeukoNet *net, guint layer);
/* It was made for this trunk. */
gboolean leuko_quantized_fits(const LeukoQuantized *quantized, const LeukoNet *net);
