#include "image/perturb.h"
#include "base/rng.h"
#include "image/augment.h"
#include "image/blur.h"
#include "image/color.h"
#include "image/defocus.h"
#include "image/preprocess.h"
#include "image/warp.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { NO_JPEG = 101 }; /* the quality that stands for: not saved */

static const LeukoPerturbInfo infos[LEUKO_N_PERTURBATIONS] = {
    {"stain-stronger", "stain", "both stains stronger", "%", 0, {10, 20, 40}, 3},
    {"stain-weaker", "stain", "both stains weaker", "%", 0, {10, 20, 40}, 3},
    {"stain-bluer", "stain", "more hematoxylin, less eosin", "%", 0, {10, 20, 40}, 3},
    {"stain-pinker", "stain", "less hematoxylin, more eosin", "%", 0, {10, 20, 40}, 3},
    {"brighter", "brightness", "more light", "%", 0, {10, 20, 40}, 3},
    {"darker", "brightness", "less light", "%", 0, {10, 20, 40}, 3},
    {"warmer", "white-balance", "more red, less blue", "%", 0, {5, 10, 20}, 3},
    {"cooler", "white-balance", "less red, more blue", "%", 0, {5, 10, 20}, 3},
    {"blur", "blur", "Gaussian blur, standard deviation", "px", 0, {0.5, 1, 2, 4}, 4},
    {"defocus", "defocus", "out of focus, radius of the disk", "px", 0, {1, 2, 4, 8}, 4},
    {"noise",
     "noise",
     "sensor noise, peak signal-to-noise ratio",
     "dB",
     INFINITY,
     {40, 34, 28, 22},
     4},
    {"jpeg", "jpeg", "saved as JPEG once more", "quality", NO_JPEG, {90, 70, 50, 30, 10}, 5},
    {"rotation", "rotation", "turned to either side", "degrees", 0, {15, 45, 90, 180}, 4},
    {"smaller", "scale", "lower magnification", "%", 0, {10, 20, 40}, 3},
    {"larger", "scale", "higher magnification", "%", 0, {10, 20, 40}, 3},
};

const LeukoPerturbInfo *leuko_perturb_info(LeukoPerturbKind kind)
{
    g_assert(kind < LEUKO_N_PERTURBATIONS);
    return &infos[kind];
}

/* --- color ------------------------------------------------------------------------------------ */

/* The background is masked out: not light that could become brighter. */
static gboolean is_masked(const LeukoImage *image)
{
    guint8 border[3];
    leuko_augment_background(image, border);
    return border[0] < COLOR_BLACK && border[1] < COLOR_BLACK && border[2] < COLOR_BLACK;
}

static gboolean is_black(const guint8 *p)
{
    return p[0] < COLOR_BLACK && p[1] < COLOR_BLACK && p[2] < COLOR_BLACK;
}

static gboolean change_stain(LeukoImage *image, double hematoxylin, double eosin, GError **error)
{
    const double gain[2] = {hematoxylin, eosin}, shift[2] = {0, 0};
    ColorMap map = color_map_identity();
    color_map_set_stain(&map, gain, shift);
    map.keeps_black = is_masked(image);
    return color_map_apply(&map, image, error);
}

/* Multiply each channel; half a gray level is rounded up. */
static void multiply(LeukoImage *image, double red, double green, double blue)
{
    const double gain[LEUKO_CHANNELS] = {red, green, blue};
    guint8 table[LEUKO_CHANNELS][256];
    gboolean masked = is_masked(image);
    for (guint c = 0; c < LEUKO_CHANNELS; c++)
        for (guint v = 0; v < 256; v++)
            table[c][v] = (guint8)CLAMP(floor(v * gain[c] + 0.5), 0, 255);
    for (guint y = 0; y < image->height; y++) {
        guint8 *p = image->pixels + y * image->row_bytes;
        for (guint x = 0; x < image->width; x++, p += LEUKO_CHANNELS)
            if (!masked || !is_black(p))
                for (guint c = 0; c < LEUKO_CHANNELS; c++)
                    p[c] = table[c][p[c]];
    }
}

/* Peak signal-to-noise ratio of d dB: standard deviation 255 / 10^(d / 20), before clamping. */
static void add_noise(LeukoImage *image, double decibel, guint64 seed, guint64 key)
{
    double sd = 255 * pow(10, -decibel / 20);
    gboolean masked = is_masked(image);
    LeukoRng rng;
    leuko_rng_init(&rng, seed, "stress noise", key);
    for (guint y = 0; y < image->height; y++) {
        guint8 *p = image->pixels + y * image->row_bytes;
        for (guint x = 0; x < image->width; x++, p += LEUKO_CHANNELS) {
            gboolean keep = masked && is_black(p);
            for (guint c = 0; c < LEUKO_CHANNELS; c++) { /* drawn for every pixel */
                double noise = sd * leuko_rng_normal(&rng);
                if (!keep)
                    p[c] = (guint8)CLAMP(floor(p[c] + noise + 0.5), 0, 255);
            }
        }
    }
}

/* --- geometry --------------------------------------------------------------------------------- */

static LeukoImage *rotate(const LeukoImage *image, double degrees, guint64 seed, guint64 key,
                          GError **error)
{
    LeukoRng rng;
    leuko_rng_init(&rng, seed, "stress rotation", key);
    double radians = (leuko_rng_below(&rng, 2) ? degrees : -degrees) * (G_PI / 180);
    double c = cos(radians), s = sin(radians);
    if (fmod(degrees, 90) == 0) { /* exact */
        c = rint(c);
        s = rint(s);
    }
    double x = (image->width - 1) / 2.0, y = (image->height - 1) / 2.0;
    const double inverse[6] = {c, -s, x - c * x + s * y, s, c, y - s * x - c * y};
    guint8 border[3];
    leuko_augment_background(image, border);
    g_auto(WarpSource) source = {0};
    g_autoptr(LeukoImage) out = leuko_image_new(image->width, image->height, error);
    if (!out || !warp_source_init(&source, image, error))
        return NULL;
    warp_affine(&source, inverse, border, out);
    return g_steal_pointer(&out);
}

static LeukoImage *shrink(const LeukoImage *image, double factor, GError **error)
{
    guint width = (guint)MAX(rint(image->width * factor), 1),
          height = (guint)MAX(rint(image->height * factor), 1);
    guint left = (image->width - width) / 2, top = (image->height - height) / 2;
    guint8 border[3];
    leuko_augment_background(image, border);
    g_autoptr(LeukoImage) small = leuko_image_resize(image, width, height, error);
    g_autoptr(LeukoImage) out = small ? leuko_image_new(image->width, image->height, error) : NULL;
    if (!out)
        return NULL;
    for (gsize i = 0; i < (gsize)out->width * out->height; i++)
        memcpy(out->pixels + i * LEUKO_CHANNELS, border, LEUKO_CHANNELS);
    for (guint y = 0; y < height; y++)
        memcpy(out->pixels + (top + y) * out->row_bytes + (gsize)left * LEUKO_CHANNELS,
               small->pixels + y * small->row_bytes, (gsize)width * LEUKO_CHANNELS);
    return g_steal_pointer(&out);
}

static LeukoImage *enlarge(const LeukoImage *image, double factor, GError **error)
{
    guint width = (guint)MAX(rint(image->width / factor), 1),
          height = (guint)MAX(rint(image->height / factor), 1);
    guint left = (image->width - width) / 2, top = (image->height - height) / 2;
    const LeukoImage middle = {width, height, image->row_bytes,
                               image->pixels + top * image->row_bytes +
                                   (gsize)left * LEUKO_CHANNELS};
    return leuko_image_resize(&middle, image->width, image->height, error);
}

/* --- one change ------------------------------------------------------------------------------- */

static LeukoImage *save_as_jpeg(const LeukoImage *image, double quality, GError **error)
{
    g_autoptr(GBytes) bytes = leuko_image_encode(image, "jpeg", (int)quality, error);
    gsize n_bytes = 0;
    gconstpointer data = bytes ? g_bytes_get_data(bytes, &n_bytes) : NULL;
    return bytes ? leuko_image_decode(data, n_bytes, "JPEG in memory", error) : NULL;
}

/* Changes that give a new image. */
static LeukoImage *replaced(const LeukoPerturbation *p, const LeukoImage *image, guint64 key,
                            GError **error)
{
    double s = p->strength;
    switch (p->kind) {
    case LEUKO_PERTURB_BLUR:
        return image_blur(image, s, 0.5f, error);
    case LEUKO_PERTURB_DEFOCUS:
        return image_defocus(image, s, error);
    case LEUKO_PERTURB_JPEG:
        return save_as_jpeg(image, s, error);
    case LEUKO_PERTURB_ROTATION:
        return rotate(image, s, p->seed, key, error);
    case LEUKO_PERTURB_SCALE_SMALLER:
        return shrink(image, 1 - s / 100, error);
    default:
        return enlarge(image, 1 + s / 100, error);
    }
}

/* Changes of colors, in place. */
static gboolean recolored(const LeukoPerturbation *p, LeukoImage *image, guint64 key,
                          GError **error)
{
    double up = 1 + p->strength / 100, down = 1 - p->strength / 100;
    switch (p->kind) {
    case LEUKO_PERTURB_STAIN_STRONGER:
        return change_stain(image, up, up, error);
    case LEUKO_PERTURB_STAIN_WEAKER:
        return change_stain(image, down, down, error);
    case LEUKO_PERTURB_STAIN_BLUER:
        return change_stain(image, up, down, error);
    case LEUKO_PERTURB_STAIN_PINKER:
        return change_stain(image, down, up, error);
    case LEUKO_PERTURB_BRIGHTER:
        multiply(image, up, up, up);
        return TRUE;
    case LEUKO_PERTURB_DARKER:
        multiply(image, down, down, down);
        return TRUE;
    case LEUKO_PERTURB_BALANCE_WARMER:
        multiply(image, up, 1, down);
        return TRUE;
    case LEUKO_PERTURB_BALANCE_COOLER:
        multiply(image, down, 1, up);
        return TRUE;
    default:
        add_noise(image, p->strength, p->seed, key);
        return TRUE;
    }
}

static gboolean in_range(const LeukoPerturbation *p)
{
    const char *unit = infos[p->kind].unit;
    double s = p->strength;
    return strcmp(unit, "%") == 0         ? s > 0 && s < 100
           : strcmp(unit, "px") == 0      ? s >= 0.1 && s <= 50
           : strcmp(unit, "dB") == 0      ? s >= 0 && s <= 100
           : strcmp(unit, "degrees") == 0 ? s > 0 && s <= 180
                                          : s >= 1 && s <= 100 && s == floor(s);
}

LeukoImage *leuko_perturb_apply(const LeukoPerturbation *p, LeukoImage *image, guint64 key,
                                GError **error)
{
    g_autoptr(LeukoImage) owned = image;
    const LeukoPerturbInfo *info = leuko_perturb_info(p->kind);
    if (p->strength == info->none)
        return g_steal_pointer(&owned);
    if (!in_range(p)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "%s of %g %s is out of range",
                    info->name, p->strength, info->unit);
        return NULL;
    }
    if (p->kind <= LEUKO_PERTURB_BALANCE_COOLER || p->kind == LEUKO_PERTURB_NOISE)
        return recolored(p, image, key, error) ? g_steal_pointer(&owned) : NULL;
    return replaced(p, image, key, error);
}
