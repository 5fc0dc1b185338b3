/* image/stain.h: the two stains of an image, measured, and images brought to other stains.
 *
 * Optical density of a byte v is -ln((v + 1) / 256), by channel. A stain is a unit vector of optical
 * densities (R, G, B); a pixel is a sum of stains by concentration, and what no stain explains (the
 * direction across both) is kept as it is, so nothing of the image is lost.
 * Measured as Macenko et al. 2009: the plane of the two largest principal directions of the dark
 * enough pixels, the extreme angles in it (1st and 99th percentile), and the 99th percentile of each
 * concentration. One cell's crop is a poor sample: measure a patient's or a slide's images
 * together, and normalize each of them by that.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

typedef struct {
    double axes[2][3];       /* haematoxylin-like (more red absorbed), eosin-like; unit length */
    double concentration[2]; /* 99th percentile */
} LeukoStain;

/* Macenko's reference: haematoxylin and eosin of a well stained slide. */
LeukoStain leuko_stain_reference(void);

/* Collects pixels of many images; at most 4,096 of each, evenly spaced. One thread. */
typedef struct LeukoStainMeter LeukoStainMeter;
LeukoStainMeter *leuko_stain_meter_new(void);
/* Pixels nearly white (optical density under 0.15 in some channel) and those blacked out (all
 * channels under 8: masked backgrounds) do not count. */
void leuko_stain_meter_add(LeukoStainMeter *meter, const LeukoImage *image);
/* Errors: LEUKO_ERROR_DATA: fewer than 500 pixels count, or they show one color only. */
gboolean leuko_stain_meter_finish(const LeukoStainMeter *meter, LeukoStain *stain, GError **error);
void leuko_stain_meter_free(LeukoStainMeter *meter); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStainMeter, leuko_stain_meter_free)

/* A new image, as if stained `to` instead of `from`. Errors: LEUKO_ERROR_ARGUMENT (the axes of one
 * are parallel), LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_stain_normalize(const LeukoImage *image, const LeukoStain *from,
                                  const LeukoStain *to, GError **error);

G_END_DECLS
