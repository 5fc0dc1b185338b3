#include "image/vips.h"
#include "image/icc.h"
#include "image/working-memory.h"
#include "leuko/error.h"
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#if VIPS_MAJOR_VERSION == 8 && VIPS_MINOR_VERSION < 16 /* later ones define it themselves */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VipsImage, g_object_unref)
#endif

/* libvips has one error buffer for the whole process. Calls hold the read lock. A call that failed
 * is repeated under the write lock, alone, so that the buffer holds its own message. */
static GRWLock error_lock;

/* libvips' PNG reader gives the reason of a failure only as a warning: keep the first one. */
static struct {
    GMutex lock;
    gboolean is_wanted;
    gchar text[200];
} first_warning;

static void take_warning(const gchar *domain, GLogLevelFlags level, const gchar *message,
                         gpointer data)
{
    (void)domain, (void)level, (void)data;
    g_mutex_lock(&first_warning.lock);
    if (first_warning.is_wanted && !*first_warning.text)
        g_strlcpy(first_warning.text, message, sizeof first_warning.text);
    g_mutex_unlock(&first_warning.lock);
}

static void want_warning(gboolean is_wanted)
{
    g_mutex_lock(&first_warning.lock);
    first_warning.is_wanted = is_wanted;
    first_warning.text[0] = '\0';
    g_mutex_unlock(&first_warning.lock);
}

static gpointer start(gpointer data)
{
    (void)data;
    /* libvips prints warnings on stderr; errors are returned anyway */
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_MESSAGE,
                      take_warning, NULL);
    /* Without its modules (ImageMagick, Poppler, OpenSlide, ...) libvips starts in 2 ms instead of
     * 30, and code that is not safe for untrusted files is not loaded. */
    g_setenv("VIPSHOME", "/nonexistent", FALSE);
    if (vips_init("leuko") != 0)
        return NULL;
    vips_block_untrusted_set(TRUE);
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    atexit(vips_shutdown);
    return &error_lock;
}

static gboolean start_once(GError **error)
{
    static GOnce once = G_ONCE_INIT;
    if (g_once(&once, start, NULL))
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "libvips cannot be initialized");
    return FALSE;
}

/* The first line of libvips' message without the prefix "loader: ". Hold the write lock. */
static gchar *take_vips_message(void)
{
    g_autofree gchar *text = vips_error_buffer_copy();
    text[strcspn(text, "\n")] = '\0';
    const char *colon = strstr(text, ": ");
    if (*text)
        return g_strdup(colon ? colon + 2 : text);
    first_warning.text[strcspn(first_warning.text, "\n")] = '\0';
    return g_strdup(*first_warning.text ? first_warning.text : "no reason given");
}

static VipsImage *open_by_format(gconstpointer bytes, gsize n_bytes, const char *format)
{
    static const struct {
        const char *format, *loader;
    } loaders[] = {{"jpeg", "jpegload_buffer"},
                   {"png", "pngload_buffer"},
                   {"tiff", "tiffload_buffer"},
                   {"gif", "gifload_buffer"},
                   {"webp", "webpload_buffer"}};
    VipsImage *out = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(loaders); i++) {
        if (strcmp(loaders[i].format, format) != 0)
            continue;
        VipsBlob *blob = vips_blob_new(NULL, bytes, n_bytes);
        vips_call(loaders[i].loader, blob, &out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                  VIPS_FAIL_ON_ERROR, NULL);
        vips_area_unref(VIPS_AREA(blob));
    }
    return out;
}

/* Replace an image by the result of an operation on it. */
static gboolean step(VipsImage **image, int status, VipsImage **next)
{
    if (status != 0)
        return FALSE;
    g_object_unref(*image);
    *image = g_steal_pointer(next);
    return TRUE;
}

/* Convert any decoded image to 8-bit RGB; an image that is 8-bit RGB is not changed. */
static gboolean convert_to_rgb8(VipsImage **image)
{
    VipsImage *next = NULL;
    int orientation = vips_image_get_orientation(*image);
    if (orientation > 1 && orientation <= 8) {
        /* rotation needs random access; the loader is sequential */
        if (!(next = vips_image_copy_memory(*image)) || !step(image, 0, &next) ||
            !step(image, vips_autorot(*image, &next, NULL), &next))
            return FALSE;
    }
    VipsInterpretation space = vips_image_guess_interpretation(*image);
    if (vips_image_get_format(*image) != VIPS_FORMAT_UCHAR || space != VIPS_INTERPRETATION_sRGB)
        if (!step(image, vips_colourspace(*image, &next, VIPS_INTERPRETATION_sRGB, NULL), &next))
            return FALSE;
    if (vips_image_hasalpha(*image)) {
        double white[] = {255, 255, 255};
        VipsArrayDouble *background = vips_array_double_new(white, 3);
        int status = vips_flatten(*image, &next, "background", background, NULL);
        vips_area_unref(VIPS_AREA(background));
        if (!step(image, status, &next))
            return FALSE;
    }
    if (vips_image_get_bands(*image) > LEUKO_CHANNELS)
        if (!step(image, vips_extract_band(*image, &next, 0, "n", LEUKO_CHANNELS, NULL), &next))
            return FALSE;
    if (vips_image_get_format(*image) != VIPS_FORMAT_UCHAR)
        if (!step(image, vips_cast_uchar(*image, &next, NULL), &next))
            return FALSE;
    return TRUE;
}

/* Copy the pixels of an RGB8 image from libvips. */
static LeukoImage *take_pixels(VipsImage *vips)
{
    gsize size_bytes = 0;
    guint8 *pixels = vips_image_write_to_memory(vips, &size_bytes);
    if (!pixels)
        return NULL;
    LeukoImage *image = g_new(LeukoImage, 1);
    image->width = (guint)vips_image_get_width(vips);
    image->height = (guint)vips_image_get_height(vips);
    image->row_bytes = (gsize)image->width * LEUKO_CHANNELS;
    image->pixels = pixels; /* g_malloc'ed by libvips */
    g_assert(size_bytes == image->row_bytes * image->height);
    return image;
}

/* libvips aborts where memory is missing (image/working-memory.h). */
static gboolean take_memory(VipsImage *vips, ImageFile *file, GError **error)
{
    guint width = (guint)vips_image_get_width(vips), height = (guint)vips_image_get_height(vips);
    guint64 of_pixel = strcmp(file->format, "gif") == 0    ? 8
                       : strcmp(file->format, "webp") == 0 ? 12
                                                           : 24;
    return image_memory_take(file, width, height, (guint64)width * height * of_pixel, error);
}

/* What libvips tells beside the pixels of a file that it has read. */
static void note_extras(VipsImage *vips, ImageFile *file)
{
    const void *profile = NULL;
    size_t n_bytes = 0;
    if (vips_image_get_typeof(vips, VIPS_META_ICC_NAME) &&
        vips_image_get_blob(vips, VIPS_META_ICC_NAME, &profile, &n_bytes) == 0)
        image_icc_note(file, profile, n_bytes);
    if (strcmp(file->format, "tiff") != 0) /* its pages are known: image/tiff-pages.h */
        image_note_frames(file, (guint64)vips_image_get_n_pages(vips));
}

/* Decode once. NULL without `error`: libvips' buffer has the reason. */
static LeukoImage *decode(ImageFile *file, GError **error)
{
    g_autoptr(VipsImage) vips = open_by_format(file->bytes, file->n_bytes, file->format);
    if (!vips)
        return NULL;
    if (!image_check_size(file, (guint)vips_image_get_width(vips),
                          (guint)vips_image_get_height(vips), error))
        return NULL;
    if (!take_memory(vips, file, error))
        return NULL;
    g_autoptr(VipsImage) opened = g_object_ref(vips); /* conversions may drop what a file tells */
    if (!convert_to_rgb8(&vips))
        return NULL;
    if (vips_image_get_bands(vips) != LEUKO_CHANNELS) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: %d color channels",
                    file->name, vips_image_get_bands(vips));
        return NULL;
    }
    LeukoImage *image = take_pixels(vips);
    if (image)
        note_extras(opened, file);
    return image;
}

LeukoImage *image_vips_decode(ImageFile *file, GError **error)
{
    if (!start_once(error))
        return NULL;
    g_autoptr(GError) own = NULL;
    g_rw_lock_reader_lock(&error_lock);
    LeukoImage *image = decode(file, &own);
    g_rw_lock_reader_unlock(&error_lock);
    if (!image && !own) {
        g_rw_lock_writer_lock(&error_lock);
        vips_error_clear();
        want_warning(TRUE);
        image = decode(file, &own);
        if (!image && !own) {
            g_autofree gchar *reason = take_vips_message();
            image_set_broken(file, reason, &own);
        }
        want_warning(FALSE);
        vips_error_clear();
        g_rw_lock_writer_unlock(&error_lock);
    }
    if (own)
        g_propagate_error(error, g_steal_pointer(&own));
    return image;
}

/* Draw once. FALSE without `error`: libvips' buffer has the reason. */
static gboolean draw(const char *markup, const char *font, ImageText *out)
{
    g_autoptr(VipsImage) vips = NULL;
    size_t n_bytes = 0;
    if (vips_text(&vips, markup, "font", font, "dpi", 72, NULL) != 0)
        return FALSE;
    out->cover = vips_image_write_to_memory(vips, &n_bytes);
    out->width = (guint)vips_image_get_width(vips);
    out->height = (guint)vips_image_get_height(vips);
    out->top = vips_image_get_yoffset(vips) < 0 ? 0 : vips_image_get_yoffset(vips);
    return out->cover && n_bytes == (gsize)out->width * out->height;
}

gboolean image_vips_text(const char *text, guint size_px, gboolean is_bold, ImageText *out,
                         GError **error)
{
    if (!start_once(error))
        return FALSE;
    g_autofree gchar *markup = g_markup_escape_text(text, -1);
    g_autofree gchar *font = g_strdup_printf("sans %s%u", is_bold ? "bold " : "", size_px);
    *out = (ImageText){0};
    if (!*text)
        return TRUE;
    g_rw_lock_reader_lock(&error_lock);
    gboolean ok = draw(markup, font, out);
    g_rw_lock_reader_unlock(&error_lock);
    if (ok)
        return TRUE;
    g_rw_lock_writer_lock(&error_lock);
    vips_error_clear();
    g_free(out->cover);
    ok = draw(markup, font, out);
    if (!ok) {
        g_autofree gchar *reason = take_vips_message();
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "libvips cannot draw text: %s",
                    reason);
    }
    vips_error_clear();
    g_rw_lock_writer_unlock(&error_lock);
    return ok;
}
