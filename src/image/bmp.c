#include "image/bmp.h"
#include "leuko/error.h"
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>

typedef struct {
    int width, height;
    gboolean is_too_large;
} Size;

static void check_size(GdkPixbufLoader *loader, int width, int height, gpointer data)
{
    Size *size = data;
    size->width = width;
    size->height = height;
    size->is_too_large = width > LEUKO_IMAGE_MAX_SIDE || height > LEUKO_IMAGE_MAX_SIDE ||
                         (gint64)width * height > LEUKO_IMAGE_MAX_PIXELS;
    if (size->is_too_large)
        gdk_pixbuf_loader_set_size(loader, 0, 0); /* stops loading before pixels are allocated */
}

static guint32 get_le(const guint8 *p, guint n_bytes)
{
    guint32 value = 0;
    for (guint i = 0; i < n_bytes; i++)
        value |= (guint32)p[i] << (8 * i);
    return value;
}

/* TRUE if run-length data reach their end mark (0, 1). */
static gboolean rle_ends(const guint8 *p, gsize n, gboolean four_bits)
{
    gsize i = 0;
    while (i + 2 <= n) {
        guint8 count = p[i], value = p[i + 1];
        i += 2;
        if (count != 0)
            continue;
        if (value == 1)
            return TRUE;
        if (value == 2)
            i += 2;
        else if (value > 2) /* literal run, padded to 16 bits */
            i += ((four_bits ? (value + 1u) / 2 : value) + 1u) & ~1u;
    }
    return FALSE;
}

/* TRUE if the file holds all its pixels: gdk-pixbuf does not report missing rows.
 * Layout: u32 offset of the pixels at byte 10, u32 header size at 14, then width, height, planes,
 * bits, compression (BITMAPINFOHEADER and later; the 12-byte BITMAPCOREHEADER has 16-bit sizes). */
static gboolean is_complete(const guint8 *p, gsize n)
{
    if (n < 26)
        return FALSE;
    guint32 offset = get_le(p + 10, 4), header = get_le(p + 14, 4);
    if (offset > n)
        return FALSE;
    if (header == 12) {
        gsize row = ((gsize)get_le(p + 18, 2) * get_le(p + 24, 2) + 31) / 32 * 4;
        return offset + row * get_le(p + 20, 2) <= n;
    }
    if (n < 34)
        return FALSE;
    gint32 width = (gint32)get_le(p + 18, 4), height = (gint32)get_le(p + 22, 4);
    guint32 bits = get_le(p + 28, 2), compression = get_le(p + 30, 4);
    if (compression == 1 || compression == 2)
        return rle_ends(p + offset, n - offset, compression == 2);
    guint64 row = ((guint64)ABS((gint64)width) * bits + 31) / 32 * 4;
    return offset + row * (guint64)ABS((gint64)height) <= n;
}

static LeukoImage *to_rgb8(GdkPixbuf *pixbuf, GError **error)
{
    LeukoImage *image = leuko_image_new((guint)gdk_pixbuf_get_width(pixbuf),
                                        (guint)gdk_pixbuf_get_height(pixbuf), error);
    if (!image)
        return NULL;
    int channels = gdk_pixbuf_get_n_channels(pixbuf), row_bytes = gdk_pixbuf_get_rowstride(pixbuf);
    const guint8 *from = gdk_pixbuf_read_pixels(pixbuf);
    for (guint y = 0; y < image->height; y++) {
        const guint8 *in = from + (gsize)y * (gsize)row_bytes;
        guint8 *out = image->pixels + y * image->row_bytes;
        for (guint x = 0; x < image->width; x++, in += channels, out += LEUKO_CHANNELS) {
            guint alpha = channels == 4 ? in[3] : 255;
            for (guint c = 0; c < LEUKO_CHANNELS; c++)
                out[c] = (guint8)((in[c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
    return image;
}

LeukoImage *image_bmp_decode(gconstpointer bytes, gsize n_bytes, const char *name, GError **error)
{
    g_autoptr(GError) reason = NULL;
    Size size = {0};
    g_autoptr(GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type("bmp", &reason);
    if (!loader) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: gdk-pixbuf on this system has no BMP loader: %s", name, reason->message);
        return NULL;
    }
    g_signal_connect(loader, "size-prepared", G_CALLBACK(check_size), &size);
    gboolean ok = gdk_pixbuf_loader_write(loader, bytes, n_bytes, &reason);
    ok = gdk_pixbuf_loader_close(loader, ok ? &reason : NULL) && ok;
    if (size.is_too_large) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: too large: %d x %d pixels (limits: %d per side, %d in total)", name,
                    size.width, size.height, LEUKO_IMAGE_MAX_SIDE, LEUKO_IMAGE_MAX_PIXELS);
        return NULL;
    }
    GdkPixbuf *pixbuf = ok ? gdk_pixbuf_loader_get_pixbuf(loader) : NULL;
    if (!pixbuf || !is_complete(bytes, n_bytes)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: broken or truncated bmp: %s", name,
                    reason ? reason->message : "the file ends before its last pixel");
        return NULL;
    }
    return to_rgb8(pixbuf, error);
}
