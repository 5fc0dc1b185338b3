/* image/augment.h: the seven augmentations of images in files, with the original's parameters.
 *
 * Shapes: every operator returns a new image of the source's size. Grayscale, equalisation,
 * reflection and the warps equal OpenCV's bytes (cvtColor, equalizeHist, flip, warpAffine with
 * INTER_LINEAR and BORDER_CONSTANT: coordinates in 1/32 pixel, weights in 1/1024); the blur is
 * scipy.ndimage.gaussian_filter on bytes within 1 (float here, double there).
 * Errors everywhere: LEUKO_ERROR_MEMORY, LEUKO_ERROR_ARGUMENT where a range is given.
 * Threads: no state; any number at once.
 */
#pragma once
#include "leuko/image.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

#define LEUKO_AUGMENT_SIDE           299
#define LEUKO_AUGMENT_BLUR_SIGMA     5.11
#define LEUKO_AUGMENT_ROTATION_SCALE 0.70
#define LEUKO_AUGMENT_SHIFT_X        84 /* at a side of 299, scaled with other sides */
#define LEUKO_AUGMENT_SHIFT_Y        56
#define LEUKO_AUGMENT_SHEAR          0.2 /* x grows by 0.2 y: 11 degrees, a cell's plausible smear */
#define LEUKO_AUGMENT_ROTATIONS      20
#define LEUKO_AUGMENT_MAX_ROTATIONS  360 /* whole degrees that differ */

/* Luma of BT.601, in all three channels. */
LeukoImage *leuko_augment_gray(const LeukoImage *image, GError **error);
/* Histogram equalisation of the luma, in all three channels. */
LeukoImage *leuko_augment_equalize(const LeukoImage *image, GError **error);
/* Upside down (`Hor-`, mirrored at the horizontal axis) or left to right (`Ver-`). */
LeukoImage *leuko_augment_flip(const LeukoImage *image, gboolean upside_down, GError **error);
/* Gaussian of `sigma` pixels (0.1 to 50), cut at 4 sigma, the image reflected at its edges. */
LeukoImage *leuko_augment_blur(const LeukoImage *image, double sigma, GError **error);
/* Affine map of points (x, y) to (m[0]x + m[1]y + m[2], m[3]x + m[4]y + m[5]), invertible
 * (LEUKO_ERROR_ARGUMENT); `border` is the color of what was outside. */
LeukoImage *leuko_augment_warp(const LeukoImage *image, const double m[6], const guint8 border[3],
                               GError **error);

/* The maps of the original: about (width / 2, height / 2), counter-clockwise for the eye. */
void leuko_augment_rotation(guint width, guint height, double degrees, double scale, double m[6]);
void leuko_augment_shear(guint height, double factor, double m[6]); /* about the middle row */

/* The color of the image's background: of the pixels in a ring along its edges (a twenty-fifth
 * of the shorter side), the brightest of the common brightnesses (a third as common as the commonest
 * is common enough), and the median color of the pixels that have it. So red cells may cover most
 * of the edge, and the black of masked cells is found too. */
void leuko_augment_background(const LeukoImage *image, guint8 border[3]);

/* Which files leuko_augment_folder() makes of an image. */
typedef enum {
    LEUKO_AUGMENT_GRAY = 1 << 0,      /* Gray-NAME.jpg */
    LEUKO_AUGMENT_HIST = 1 << 1,      /* Hist-NAME.jpg */
    LEUKO_AUGMENT_FLIP = 1 << 2,      /* Hor-NAME.jpg and Ver-NAME.jpg */
    LEUKO_AUGMENT_BLUR = 1 << 3,      /* Gaus-NAME.jpg */
    LEUKO_AUGMENT_TRANSLATE = 1 << 4, /* Trans-NAME.jpg */
    LEUKO_AUGMENT_SHEARED = 1 << 5,   /* Shear-NAME.jpg */
    LEUKO_AUGMENT_ROTATE = 1 << 6,    /* DEGREES-I-NAME.jpg, I from 0 */
    LEUKO_AUGMENT_ALL = (1 << 7) - 1
} LeukoAugmentOps;

typedef struct {
    guint ops;         /* of LeukoAugmentOps; the resized original NAME.jpg is always written */
    guint n_rotations; /* 1..360; angles -179..180, all of an image different */
    guint side_px;     /* 16..4096: images are made side_px x side_px first */
    gboolean has_border;
    guint8 border[3];         /* used if has_border, else each image's own background */
    int quality;              /* of the JPEGs, 1..100 */
    guint n_threads;          /* >= 1 */
    gboolean skip_unreadable; /* leave out broken images, naming each, instead of stopping */
    guint64 seed;
} LeukoAugmentOptions;

/* The original's: all operations, 20 rotations, 299 px, quality 95, one thread, seed 50. */
LeukoAugmentOptions leuko_augment_options_default(void);

typedef struct {
    guint n_images, n_files, n_skipped;
} LeukoAugmentResult;

/* Augment every image below `in_dir` (known by its name's ending, symlinked folders not entered)
 * into the new folder `out_dir`, keeping the folders, and write out_dir/augment.csv: file, source,
 * operation, parameters, seed; sorted by source. `out_dir` appears whole or not at all. JPEGs are
 * 4:2:0 as OpenCV writes them; gray ones have one channel. The same seed gives the same bytes,
 * whatever the threads and whichever other images are there: angles depend on seed and path.
 * result  may be NULL
 * Errors  LEUKO_ERROR_ARGUMENT  options; out_dir inside in_dir; out_dir exists and is not empty
 *         LEUKO_ERROR_DATA      no image found, all unreadable, two sources of one name, in_dir
 *                               holds an augment.csv already
 *         LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED, LEUKO_ERROR_IO   of the first bad image
 *         LEUKO_ERROR_CANCELLED */
gboolean leuko_augment_folder(const char *in_dir, const char *out_dir,
                              const LeukoAugmentOptions *options, LeukoReporter reporter,
                              GCancellable *cancellable, LeukoAugmentResult *result,
                              GError **error);

G_END_DECLS
