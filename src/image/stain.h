/* image/stain.h: measure the two stains of images, and normalize images to other stains.
 *
 * The optical density of a byte v is -ln((v + 1) / 256), per channel. A stain is a unit vector of
 * optical densities (R, G, B). A pixel is a sum of stains, each times its concentration; the
 * component normal to both stains is not changed by normalization.
 * Method: Macenko et al. 2009. Of the sufficiently dark pixels, take the plane of the first two
 * principal components, the extreme angles in it (1st and 99th percentile), and the 99th percentile
 * of each concentration. One cell is too small a sample: measure all images of a patient or slide
 * together, and normalize each of them with the result.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

typedef struct {
    double axes[2][3];       /* hematoxylin-like (absorbs more red), eosin-like; unit length */
    double concentration[2]; /* 99th percentile */
} LeukoStain;

/* Macenko's reference: hematoxylin and eosin of a well stained slide. */
LeukoStain leuko_stain_reference(void);

/* Collects at most 4,096 evenly spaced pixels from each image. Threads: one at a time. */
typedef struct LeukoStainMeter LeukoStainMeter;
LeukoStainMeter *leuko_stain_meter_new(void);
/* Add the stained pixels of an image: not those that are nearly white (optical density below 0.15
 * in some channel), nor masked ones (all channels below 8). */
void leuko_stain_meter_add(LeukoStainMeter *meter, const LeukoImage *image);
/* Errors: LEUKO_ERROR_DATA (fewer than 500 stained pixels, or pixels of only one color). */
gboolean leuko_stain_meter_finish(const LeukoStainMeter *meter, LeukoStain *stain, GError **error);
void leuko_stain_meter_free(LeukoStainMeter *meter); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStainMeter, leuko_stain_meter_free)

/* A new image with the stains `from` replaced by `to`. Errors: LEUKO_ERROR_ARGUMENT (the axes of a
 * stain are parallel, or a concentration is 0), LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_stain_normalize(const LeukoImage *image, const LeukoStain *from,
                                  const LeukoStain *to, GError **error);

G_END_DECLS
