/* image/preprocess.h: the one way from an image to the network's input, stored in every model.
 *
 * Central crop to crop_fraction of each side, bilinear resize to SIDE x SIDE (the image is
 * squashed to the square), x / 127.5 - 1. Antialiased (triangle filter widened by the scale, as
 * Pillow's BILINEAR and tf.image.resize(antialias=True)) by default; slim's variant is crop 0.875
 * without antialiasing (half_pixel_centers=False, as tf.image.resize_bilinear in TF 1).
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

typedef struct {
    guint side_px;        /* S, 75 to 1024 */
    double crop_fraction; /* (0, 1], of each side, centered */
    gboolean antialias;   /* FALSE is slim's resize */
} LeukoPreprocess;

/* side_px given, crop 1.0, antialiased. */
LeukoPreprocess leuko_preprocess_default(guint side_px);
/* slim's preprocess_for_eval: crop 0.875, not antialiased. */
LeukoPreprocess leuko_preprocess_slim(guint side_px);

/* x_chw  (3, S, S) floats in [-1, 1], planar, written whole.
 * Errors LEUKO_ERROR_ARGUMENT (fields out of range), LEUKO_ERROR_MEMORY. */
gboolean leuko_preprocess_apply(const LeukoPreprocess *preprocess, const LeukoImage *image,
                                float *x_chw, GError **error);

/* The resize alone, to RGB8 with rounding: used where images are made smaller for files. */
LeukoImage *leuko_image_resize(const LeukoImage *image, guint width, guint height, GError **error);

G_END_DECLS
