/* image/jitter.h: random changes of training images, different in every epoch.
 *
 * The changes of an image depend on (seed, epoch, key of the record) alone, so that any thread and
 * any rank draws the same. Every amount is drawn whether it is used or not: switching one kind of
 * change off does not alter the others.
 * Order: crop, flips, quarter turn, rotation, scale, shear and shift in one affine warp directly to
 * SIDE x SIDE (bilinear; a much larger image is first reduced with an antialiasing filter); blur;
 * stain; contrast; brightness; saturation. Pixels from outside the image get the background color;
 * if that is black (masked cells), black pixels stay black.
 * Cost: about 1 ms for an image of 360 x 360 px to 299 px with all changes.
 * Sources: tf-slim inception_preprocessing (distort_color in fast_mode, crop by
 * sample_distorted_bounding_box); stain: Ruifrok and Johnston 2001, Tellez et al. 2018.
 * Threads: no state; any number of calls at once.
 */
#pragma once
#include "leuko/image.h"

G_BEGIN_DECLS

/* The limits of the changes; each amount is drawn uniformly within them. */
typedef struct {
    gboolean flip_x, flip_y;        /* left to right, upside down: each with probability 1/2 */
    gboolean quarter_turns;         /* 0, 90, 180 or 270 degrees */
    double rotate_degrees;          /* -this to +this, 0 to 180 */
    double scale_low, scale_high;   /* magnification, 0.25 to 4 */
    double shift;                   /* -this to +this, share of the side, in x and y; 0 to 0.5 */
    double shear;                   /* -this to +this, along x; 0 to 0.5 */
    double area_low, area_high;     /* share of the image's area in the crop; 1, 1: no crop */
    double aspect_low, aspect_high; /* width / height of the crop in pixels */
    double min_covered; /* a crop with a smaller share is drawn again, up to 100 times */
    double blur_probability, blur_sigma; /* Gaussian of 0.3 to blur_sigma output pixels */
    double stain; /* hematoxylin and eosin: factor 1 +- this, shift +- a fifth of this */
    double contrast_low, contrast_high; /* about each channel's mean */
    double brightness; /* -this to +this, share of 255, the same for all channels */
    double saturation_low, saturation_high; /* of HSV */
} LeukoJitter;

LeukoJitter leuko_jitter_none(void); /* changes nothing */
/* For fine-tuning on cells, which have no up or down: all flips and quarter turns, rotation by any
 * angle, scale 0.9 to 1.1, shift 0.05, shear 0.05, blur up to 1 px with probability 1/4, stain 0.1,
 * contrast and saturation 0.85 to 1.15, brightness 0.06. The scale changes little because size
 * distinguishes kinds of cells. */
LeukoJitter leuko_jitter_cells(void);
/* slim's fast distortions: crop area 0.05 to 1 (at least 0.1 covered) of aspect 0.75 to 1.33,
 * flip_x, brightness 32/255, saturation 0.5 to 1.5. */
LeukoJitter leuko_jitter_slim(void);

/* The changes of one image. */
typedef struct {
    double crop_x, crop_y, crop_width, crop_height; /* pixels of the image */
    gboolean flip_x, flip_y;
    guint quarter_turns; /* 0 to 3 */
    double degrees, scale, shift_x, shift_y, shear;
    double blur_sigma;                       /* 0: no blur */
    double stain_gain[2], stain_shift[2];    /* hematoxylin, eosin; shift in optical density */
    double contrast, brightness, saturation; /* brightness in gray levels, -255 to 255 */
} LeukoJitterDraw;

/* Draw the changes of one image. key: identifies the record, e.g. its path; width, height: of the
 * image. */
void leuko_jitter_draw(const LeukoJitter *jitter, guint64 seed, guint64 epoch, const char *key,
                       guint width, guint height, LeukoJitterDraw *draw);

/* Apply the changes: a new image of side_px x side_px (16 to 4096).
 * Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_jitter_apply(const LeukoJitterDraw *draw, const LeukoImage *image, guint side_px,
                               GError **error);

G_END_DECLS
