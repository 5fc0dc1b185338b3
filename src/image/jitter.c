#include "image/jitter.h"
#include "base/rng.h"
#include "image/augment.h"
#include "image/blur.h"
#include "image/color.h"
#include "image/preprocess.h"
#include "image/warp.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

/* With more source pixels per output pixel than this, bilinear sampling would skip pixels. */
#define MAX_REDUCTION 1.5

LeukoJitter leuko_jitter_none(void)
{
    return (LeukoJitter){.scale_low = 1,
                         .scale_high = 1,
                         .area_low = 1,
                         .area_high = 1,
                         .aspect_low = 1,
                         .aspect_high = 1,
                         .contrast_low = 1,
                         .contrast_high = 1,
                         .saturation_low = 1,
                         .saturation_high = 1};
}

LeukoJitter leuko_jitter_cells(void)
{
    LeukoJitter j = leuko_jitter_none();
    j.flip_x = j.flip_y = j.quarter_turns = TRUE;
    j.rotate_degrees = 180;
    j.scale_low = 0.9;
    j.scale_high = 1.1;
    j.shift = 0.05;
    j.shear = 0.05;
    j.blur_probability = 0.25;
    j.blur_sigma = 1;
    j.stain = 0.1;
    j.contrast_low = j.saturation_low = 0.85;
    j.contrast_high = j.saturation_high = 1.15;
    j.brightness = 0.06;
    return j;
}

LeukoJitter leuko_jitter_slim(void)
{
    LeukoJitter j = leuko_jitter_none();
    j.flip_x = TRUE;
    j.area_low = 0.05;
    j.aspect_low = 0.75;
    j.aspect_high = 1.33;
    j.min_covered = 0.1;
    j.brightness = 32.0 / 255.0;
    j.saturation_low = 0.5;
    j.saturation_high = 1.5;
    return j;
}

static gboolean is_half(LeukoRng *rng) { return leuko_rng_below(rng, 2) == 1; }

/* As TensorFlow's GenerateRandomCrop, but in real numbers: draw the aspect ratio, then a height
 * between those of the smallest and the largest area; repeat if the crop does not fit or covers too
 * little. */
static void draw_crop(const LeukoJitter *j, LeukoRng *rng, double width, double height,
                      LeukoJitterDraw *draw)
{
    draw->crop_x = draw->crop_y = 0;
    draw->crop_width = width;
    draw->crop_height = height;
    if (j->area_low >= 1)
        return;
    for (int attempt = 0; attempt < 100; attempt++) {
        double aspect = leuko_rng_range(rng, j->aspect_low, j->aspect_high);
        double low = sqrt(j->area_low * width * height / aspect);
        double high =
            MIN(MIN(sqrt(j->area_high * width * height / aspect), width / aspect), height);
        double h = low + leuko_rng_uniform(rng) * MAX(high - low, 0), w = h * aspect;
        double x = leuko_rng_uniform(rng), y = leuko_rng_uniform(rng);
        if (h > height || w > width || w * h < j->min_covered * width * height)
            continue;
        draw->crop_x = x * (width - w);
        draw->crop_y = y * (height - h);
        draw->crop_width = w;
        draw->crop_height = h;
        return;
    }
}

void leuko_jitter_draw(const LeukoJitter *j, guint64 seed, guint64 epoch, const char *key,
                       guint width, guint height, LeukoJitterDraw *draw)
{
    LeukoRng rng, crop;
    guint64 index = leuko_hash64(key, strlen(key)) + epoch * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    leuko_rng_init(&rng, seed, "jitter", index);
    leuko_rng_init(&crop, seed, "jitter-crop",
                   index); /* its own generator: the number of draws varies */
    draw_crop(j, &crop, width, height, draw);
    gboolean flip_x = is_half(&rng), flip_y = is_half(&rng);
    guint turns = (guint)leuko_rng_below(&rng, 4);
    draw->flip_x = j->flip_x && flip_x;
    draw->flip_y = j->flip_y && flip_y;
    draw->quarter_turns = j->quarter_turns ? turns : 0;
    draw->degrees = leuko_rng_range(&rng, -j->rotate_degrees, j->rotate_degrees);
    draw->scale = leuko_rng_range(&rng, j->scale_low, j->scale_high);
    draw->shift_x = leuko_rng_range(&rng, -j->shift, j->shift);
    draw->shift_y = leuko_rng_range(&rng, -j->shift, j->shift);
    draw->shear = leuko_rng_range(&rng, -j->shear, j->shear);
    double blur = leuko_rng_uniform(&rng), sigma = leuko_rng_uniform(&rng);
    draw->blur_sigma =
        blur < j->blur_probability && j->blur_sigma > 0.3 ? 0.3 + sigma * (j->blur_sigma - 0.3) : 0;
    for (guint i = 0; i < 2; i++) {
        draw->stain_gain[i] = leuko_rng_range(&rng, 1 - j->stain, 1 + j->stain);
        draw->stain_shift[i] = leuko_rng_range(&rng, -j->stain, j->stain) / 5;
    }
    draw->contrast = leuko_rng_range(&rng, j->contrast_low, j->contrast_high);
    draw->brightness = 255 * leuko_rng_range(&rng, -j->brightness, j->brightness);
    draw->saturation = leuko_rng_range(&rng, j->saturation_low, j->saturation_high);
}

/* The matrix from points of the output to points of the source, both as pixel indices: center the
 * output square, undo shift, rotation (with quarter turns), scale, shear and flips in this order,
 * and map the square to the crop. */
static void find_inverse(const LeukoJitterDraw *d, guint side, double m[6])
{
    double radians = (d->degrees + 90.0 * d->quarter_turns) * (G_PI / 180);
    double c = cos(radians) / d->scale, s = sin(radians) / d->scale;
    if (d->degrees == 0) { /* exact quarter turns */
        c = rint(c * d->scale) / d->scale;
        s = rint(s * d->scale) / d->scale;
    }
    /* the inverse rotation, then (x, y) becomes (x - shear y, y), then the flips */
    double a00 = c - d->shear * s, a01 = -s - d->shear * c, a10 = s, a11 = c;
    if (d->flip_x)
        a00 = -a00, a01 = -a01;
    if (d->flip_y)
        a10 = -a10, a11 = -a11;
    double fx = d->crop_width / side, fy = d->crop_height / side;
    m[0] = a00 * fx;
    m[1] = a01 * fx;
    m[3] = a10 * fy;
    m[4] = a11 * fy;
    double x = 0.5 - side * (0.5 + d->shift_x), y = 0.5 - side * (0.5 + d->shift_y);
    m[2] = d->crop_x + d->crop_width / 2 + m[0] * x + m[1] * y - 0.5;
    m[5] = d->crop_y + d->crop_height / 2 + m[3] * x + m[4] * y - 0.5;
}

/* A smaller copy of the source if the warp would skip pixels, else NULL; *m then fits the copy. */
static LeukoImage *reduce(const LeukoImage *image, double m[6], GError **error)
{
    double rx = hypot(m[0], m[1]),
           ry = hypot(m[3], m[4]); /* source pixels per output pixel, by axis */
    if (rx <= MAX_REDUCTION && ry <= MAX_REDUCTION)
        return NULL;
    guint width = rx > MAX_REDUCTION ? (guint)MAX(image->width / rx, 1) : image->width;
    guint height = ry > MAX_REDUCTION ? (guint)MAX(image->height / ry, 1) : image->height;
    double fx = (double)width / image->width, fy = (double)height / image->height;
    m[0] *= fx;
    m[1] *= fx;
    m[2] = (m[2] + 0.5) * fx - 0.5;
    m[3] *= fy;
    m[4] *= fy;
    m[5] = (m[5] + 0.5) * fy - 0.5;
    return leuko_image_resize(image, width, height, error);
}

static LeukoImage *warp(const LeukoJitterDraw *draw, const LeukoImage *image, guint side,
                        guint8 border[3], GError **error)
{
    double m[6];
    GError *own = NULL;
    find_inverse(draw, side, m);
    g_autoptr(LeukoImage) small = reduce(image, m, &own);
    if (own) {
        g_propagate_error(error, own);
        return NULL;
    }
    g_auto(WarpSource) source = {0};
    g_autoptr(LeukoImage) out = leuko_image_new(side, side, error);
    if (!out || !warp_source_init(&source, small ? small : image, error))
        return NULL;
    leuko_augment_background(small ? small : image, border);
    warp_affine(&source, m, border, out);
    return g_steal_pointer(&out);
}

static void find_means(const LeukoImage *image, double mean[3])
{
    guint64 sum[3] = {0};
    const guint8 *p = image->pixels;
    gsize n = (gsize)image->width * image->height;
    for (gsize i = 0; i < n; i++, p += LEUKO_CHANNELS)
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            sum[c] += p[c];
    for (guint c = 0; c < LEUKO_CHANNELS; c++)
        mean[c] = (double)sum[c] / (double)n;
}

static gboolean color(const LeukoJitterDraw *draw, gboolean keeps_black, LeukoImage *image,
                      GError **error)
{
    ColorMap map = color_map_identity();
    color_map_set_stain(&map, draw->stain_gain, draw->stain_shift);
    if (!map.has_stain && draw->contrast == 1 && draw->brightness == 0 && draw->saturation == 1)
        return TRUE;
    double mean[3] = {0};
    if (draw->contrast != 1)
        find_means(image, mean);
    map.gain = (float)draw->contrast;
    for (guint c = 0; c < LEUKO_CHANNELS; c++)
        map.offset[c] = (float)(mean[c] * (1 - draw->contrast) + draw->brightness);
    map.saturation = (float)draw->saturation;
    map.keeps_black = keeps_black;
    return color_map_apply(&map, image, error);
}

LeukoImage *leuko_jitter_apply(const LeukoJitterDraw *draw, const LeukoImage *image, guint side_px,
                               GError **error)
{
    if (side_px < 16 || side_px > 4096) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "jitter: side %u px, must be 16 to 4096", side_px);
        return NULL;
    }
    guint8 border[3];
    g_autoptr(LeukoImage) out = warp(draw, image, side_px, border, error);
    if (!out)
        return NULL;
    if (draw->blur_sigma > 0) {
        LeukoImage *blurred = image_blur(out, draw->blur_sigma, 0.5f, error);
        if (!blurred)
            return NULL;
        leuko_image_free(out);
        out = blurred;
    }
    /* a masked background must stay black: it is not light that could become brighter */
    gboolean is_masked =
        border[0] < COLOR_BLACK && border[1] < COLOR_BLACK && border[2] < COLOR_BLACK;
    return color(draw, is_masked, out, error) ? g_steal_pointer(&out) : NULL;
}
