#include "data/augment-image.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/rng.h"
#include "base/stage.h"
#include "image/jpeg.h"
#include "image/preprocess.h"
#include "image/warp.h"
#include <string.h>

/* What the warps of one image share. */
typedef struct {
    WarpSource source;
    guint8 border[3];
    LeukoImage *buffer; /* the warped image */
} Warps;

LeukoAugmentOptions leuko_augment_options_default(void)
{
    return (LeukoAugmentOptions){.ops = LEUKO_AUGMENT_ALL,
                                 .n_rotations = LEUKO_AUGMENT_ROTATIONS,
                                 .side_px = LEUKO_AUGMENT_SIDE,
                                 .quality = 95,
                                 .n_threads = 1,
                                 .seed = 50};
}

gboolean leuko_augment_options_check(const LeukoAugmentOptions *o, GError **error)
{
    if (o->n_rotations >= 1 && o->n_rotations <= LEUKO_AUGMENT_MAX_ROTATIONS && o->side_px >= 16 &&
        o->side_px <= 4096 && o->quality >= 1 && o->quality <= 100 && o->n_threads >= 1)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "augmentation: %u %s (1 to %d), side %u px (16 to 4096), quality %d (1 to "
                "100), %u %s (at least 1)",
                o->n_rotations, LEUKO_PLURAL(o->n_rotations, "rotation"),
                LEUKO_AUGMENT_MAX_ROTATIONS, o->side_px, o->quality, o->n_threads,
                LEUKO_PLURAL(o->n_threads, "thread"));
    return FALSE;
}

/* One channel (height, width) of a gray image, whose channels are equal. */
static guint8 *take_channel(const LeukoImage *image)
{
    gsize n = (gsize)image->width * image->height;
    guint8 *gray = g_malloc(n);
    for (gsize i = 0; i < n; i++)
        gray[i] = image->pixels[i * LEUKO_CHANNELS];
    return gray;
}

/* Encode and write one file, and append its row. bands 1: `image` is gray. */
static gboolean put_file(LeukoAugmentImage *a, const char *prefix, const LeukoImage *image,
                         guint bands, const char *operation, const char *parameters, GError **error)
{
    g_autofree guint8 *gray = bands == 1 ? take_channel(image) : NULL;
    g_autoptr(GBytes) bytes =
        image_jpeg_encode(gray ? gray : image->pixels, image->width, image->height, bands,
                          a->options->quality, TRUE, error);
    if (!bytes)
        return FALSE;
    g_autofree gchar *below = g_strconcat(a->folder, prefix, a->base, ".jpg", NULL);
    g_autofree gchar *path = g_build_filename(a->out_dir, below, NULL);
    if (!leuko_stage_write(path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error))
        return FALSE;
    g_autofree gchar *seed = g_strdup_printf("%" G_GUINT64_FORMAT, a->options->seed);
    const char *const fields[] = {below, a->path, operation, parameters, seed};
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        leuko_csv_append(a->rows, fields[i]);
    leuko_csv_end_row(a->rows);
    a->n_files++;
    return TRUE;
}

/* As put_file(), for the new image of an operator, which is freed; NULL: the operator failed. */
static gboolean put_result(LeukoAugmentImage *a, const char *prefix, LeukoImage *result,
                           guint bands, const char *operation, const char *parameters,
                           GError **error)
{
    g_autoptr(LeukoImage) image = result;
    return image && put_file(a, prefix, image, bands, operation, parameters, error);
}

static gboolean put_unwarped(LeukoAugmentImage *a, const LeukoImage *image, GError **error)
{
    guint ops = a->options->ops;
    if ((ops & LEUKO_AUGMENT_GRAY) &&
        !put_result(a, "Gray-", leuko_augment_gray(image, error), 1, "grayscale", "", error))
        return FALSE;
    if ((ops & LEUKO_AUGMENT_HIST) &&
        !put_result(a, "Hist-", leuko_augment_equalize(image, error), 1, "equalize", "", error))
        return FALSE;
    if ((ops & LEUKO_AUGMENT_FLIP) &&
        (!put_result(a, "Hor-", leuko_augment_flip(image, TRUE, error), 3, "reflect",
                     "axis=horizontal", error) ||
         !put_result(a, "Ver-", leuko_augment_flip(image, FALSE, error), 3, "reflect",
                     "axis=vertical", error)))
        return FALSE;
    return !(ops & LEUKO_AUGMENT_BLUR) ||
           put_result(a, "Gaus-", leuko_augment_blur(image, LEUKO_AUGMENT_BLUR_SIGMA, error), 3,
                      "blur", "sigma=5.11", error);
}

static gboolean put_warped(LeukoAugmentImage *a, const char *prefix, const Warps *warps,
                           const double m[6], const char *operation, const char *what,
                           GError **error)
{
    double inverse[6];
    gboolean is_invertible = warp_invert(m, inverse);
    g_assert(is_invertible); /* rotations, translations and shears all are */
    warp_affine(&warps->source, inverse, warps->border, warps->buffer);
    g_autofree gchar *parameters = g_strdup_printf("%s border=%u/%u/%u", what, warps->border[0],
                                                   warps->border[1], warps->border[2]);
    return put_file(a, prefix, warps->buffer, 3, operation, parameters, error);
}

/* A shift in pixels at a side of 299, scaled to `side`. */
static guint scaled_shift(guint shift, guint side)
{
    return (shift * side + LEUKO_AUGMENT_SIDE / 2) / LEUKO_AUGMENT_SIDE;
}

static gboolean put_translation(LeukoAugmentImage *a, const Warps *warps, GError **error)
{
    guint dx = scaled_shift(LEUKO_AUGMENT_SHIFT_X, warps->buffer->width);
    guint dy = scaled_shift(LEUKO_AUGMENT_SHIFT_Y, warps->buffer->height);
    const double m[6] = {1, 0, dx, 0, 1, dy};
    g_autofree gchar *what = g_strdup_printf("dx=%u dy=%u", dx, dy);
    return put_warped(a, "Trans-", warps, m, "translate", what, error);
}

static gboolean put_shear(LeukoAugmentImage *a, const Warps *warps, GError **error)
{
    double m[6];
    leuko_augment_shear(warps->buffer->height, LEUKO_AUGMENT_SHEAR, m);
    return put_warped(a, "Shear-", warps, m, "shear", "factor=0.2", error);
}

static gboolean put_rotations(LeukoAugmentImage *a, const Warps *warps, GError **error)
{
    guint turns[LEUKO_AUGMENT_MAX_ROTATIONS]; /* degrees + 179; -180 equals 180 */
    for (guint i = 0; i < LEUKO_AUGMENT_MAX_ROTATIONS; i++)
        turns[i] = i;
    LeukoRng rng;
    leuko_rng_init(&rng, a->options->seed, "augment-rotation",
                   leuko_hash64(a->path, strlen(a->path)));
    leuko_rng_shuffle(&rng, turns, LEUKO_AUGMENT_MAX_ROTATIONS);
    for (guint i = 0; i < a->options->n_rotations; i++) {
        if (leuko_is_cancelled(a->cancellable, error))
            return FALSE;
        gint degrees = (gint)turns[i] - 179;
        double m[6];
        leuko_augment_rotation(warps->buffer->width, warps->buffer->height, degrees,
                               LEUKO_AUGMENT_ROTATION_SCALE, m);
        g_autofree gchar *prefix = g_strdup_printf("%d-%u-", degrees, i);
        g_autofree gchar *what = g_strdup_printf("degrees=%d scale=0.7", degrees);
        if (!put_warped(a, prefix, warps, m, "rotate", what, error))
            return FALSE;
    }
    return TRUE;
}

static void warps_clear(Warps *warps)
{
    warp_source_clear(&warps->source);
    leuko_image_free(warps->buffer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Warps, warps_clear)

static gboolean put_warps(LeukoAugmentImage *a, const LeukoImage *image, GError **error)
{
    const LeukoAugmentOptions *o = a->options;
    g_auto(Warps) warps = {0};
    if (o->has_border)
        memcpy(warps.border, o->border, sizeof warps.border);
    else
        leuko_augment_background(image, warps.border);
    warps.buffer = leuko_image_new(image->width, image->height, error);
    if (!warps.buffer || !warp_source_init(&warps.source, image, error))
        return FALSE;
    return (!(o->ops & LEUKO_AUGMENT_TRANSLATE) || put_translation(a, &warps, error)) &&
           (!(o->ops & LEUKO_AUGMENT_SHEARED) || put_shear(a, &warps, error)) &&
           (!(o->ops & LEUKO_AUGMENT_ROTATE) || put_rotations(a, &warps, error));
}

gboolean leuko_augment_image(LeukoAugmentImage *a, GError **error)
{
    guint side_px = a->options->side_px;
    g_autofree gchar *path = g_build_filename(a->in_dir, a->path, NULL);
    g_autoptr(LeukoImage) whole = leuko_image_load(path, error);
    a->is_unreadable = !whole;
    if (!whole)
        return FALSE;
    g_autoptr(LeukoImage) image = leuko_image_resize(whole, side_px, side_px, error);
    g_autofree gchar *size = g_strdup_printf("side=%u", side_px);
    return image && put_file(a, "", image, 3, "original", size, error) &&
           put_unwarped(a, image, error) && put_warps(a, image, error);
}
