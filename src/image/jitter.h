/* image/jitter.h: training images changed anew in every epoch, by seed.
 *
 * What is done to an image is drawn from (seed, epoch, key of the record) alone: any thread and any
 * rank draws the same, and what other records drew does not matter. Every amount is drawn whether
 * it is used or not, so switching one kind off leaves the others as they were.
 * Order: crop, flips, quarter turn, rotation, scale, shear and shift in one affine warp straight to
 * SIDE x SIDE (bilinear; an image much larger is first reduced with an antialiasing filter); blur;
 * stain; contrast; brightness; saturation. Outside is the image's background color;
 * where that is black (masked cells), black stays black.
 * Cost: about 1 ms an image of 360 x 360 to 299 with everything on.
 * Sources: tf-slim inception_preprocessing (distort_color in fast_mode, crop by
 * sample_distorted_bounding_box); stain: Ruifrok and Johnston 2001, Tellez et al. 2018.
 * Threads: no state; any number at once.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

/* The widest amounts; each draw is uniform within them. */
typedef struct {
    gboolean flip_x, flip_y; /* mirrored left to right, upside down: each with probability 1/2 */
    gboolean quarter_turns;  /* 0, 90, 180 or 270 degrees */
    double rotate_degrees;   /* + or - up to this, 0 to 180 */
    double scale_low, scale_high;        /* 1.1 shows things 1.1 times as large; 0.25 to 4 */
    double shift;                        /* + or -, of the side, both ways; 0 to 0.5 */
    double shear;                        /* + or -, along x; 0 to 0.5 */
    double area_low, area_high;          /* of the image's area in the crop; 1, 1: no crop */
    double aspect_low, aspect_high;      /* width / height of the crop in pixels */
    double min_covered;                  /* a crop of less area is drawn again, up to 100 times */
    double blur_probability, blur_sigma; /* Gaussian of 0.3 to blur_sigma pixels of the result */
    double stain; /* haematoxylin and eosin each times 1 +- this, plus +- a fifth of it */
    double contrast_low, contrast_high;     /* about each channel's mean */
    double brightness;                      /* + or -, of 255, all channels alike */
    double saturation_low, saturation_high; /* of HSV */
} LeukoJitter;

LeukoJitter leuko_jitter_none(void);
/* For fine-tuning on cells, which have no up or down: all flips and turns, rotation by any angle,
 * scale 0.9 to 1.1, shift 0.05, shear 0.05, blur up to 1 px in a quarter, stain 0.1, contrast and
 * saturation 0.85 to 1.15, brightness 0.06. Size hardly changes: it tells kinds apart. */
LeukoJitter leuko_jitter_cells(void);
/* slim's fast distortions: crop area 0.05 to 1 (at least 0.1 covered) of aspect 0.75 to 1.33,
 * flip_x, brightness 32/255, saturation 0.5 to 1.5. */
LeukoJitter leuko_jitter_slim(void);

/* What was drawn for one image. */
typedef struct {
    double crop_x, crop_y, crop_width, crop_height; /* pixels of the image */
    gboolean flip_x, flip_y;
    guint quarter_turns; /* 0 to 3 */
    double degrees, scale, shift_x, shift_y, shear;
    double blur_sigma;                       /* 0: none */
    double stain_gain[2], stain_shift[2];    /* haematoxylin, eosin; shift in optical density */
    double contrast, brightness, saturation; /* brightness in 1/255 of full: -255 to 255 */
} LeukoJitterDraw;

/* Errors: LEUKO_ERROR_ARGUMENT, a field out of range, named. */
gboolean leuko_jitter_check(const LeukoJitter *jitter, GError **error);

/* key: names the record, e.g. its path; width, height: of its image. `jitter` was checked. */
void leuko_jitter_draw(const LeukoJitter *jitter, guint64 seed, guint64 epoch, const char *key,
                       guint width, guint height, LeukoJitterDraw *draw);

/* A new image of side_px x side_px (16 to 4096), what was drawn done to it.
 * Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_jitter_apply(const LeukoJitterDraw *draw, const LeukoImage *image, guint side_px,
                               GError **error);

G_END_DECLS
