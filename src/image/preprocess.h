/* image/preprocess.h: the one preprocessing from an image to the network's input. Every model
 * stores its parameters.
 *
 * Steps: central crop to crop_fraction of each side; bilinear resize to SIDE x SIDE without keeping
 * the aspect ratio; x / 127.5 - 1; in a model that was adapted to a laboratory, the change of its
 * colors (image/color-transfer.h). By default the resize is antialiased (triangle filter widened by
 * the scale, as Pillow's BILINEAR and tf.image.resize(antialias=True)). tf-slim's variant has crop
 * 0.875 and no antialiasing (half_pixel_centers=False, as tf.image.resize_bilinear in TF 1).
 */
#pragma once
#include "image/color-transfer.h"

G_BEGIN_DECLS

typedef struct {
    guint side_px;            /* S, 75 to 1024 */
    double crop_fraction;     /* (0, 1], of each side, centered */
    gboolean antialias;       /* FALSE: tf-slim's resize */
    LeukoColorTransfer color; /* after the resize */
} LeukoPreprocess;

/* Crop 1.0, antialiased. */
LeukoPreprocess leuko_preprocess_default(guint side_px);
/* As tf-slim's preprocess_for_eval: crop 0.875, not antialiased. */
LeukoPreprocess leuko_preprocess_slim(guint side_px);

/* Pixels that the crop removes on each side of `n` pixels. Rounded down, as tf.image.central_crop,
 * so that at least one pixel remains. */
guint leuko_preprocess_crop(guint n, double crop_fraction);

/* Preprocess one image.
 * x_chw   output: (3, S, S) floats in [-1, 1], planar
 * Errors  LEUKO_ERROR_ARGUMENT (a member is out of range), LEUKO_ERROR_MEMORY */
gboolean leuko_preprocess_apply(const LeukoPreprocess *preprocess, const LeukoImage *image,
                                float *x_chw, GError **error);

/* Resize to a new RGB8 image (antialiased, rounded). Errors: LEUKO_ERROR_ARGUMENT (the size),
 * LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_image_resize(const LeukoImage *image, guint width, guint height, GError **error);

G_END_DECLS
