/* TIFF with libtiff: the first page, whose samples are unsigned and of equal depth:
 *
 *   gray, black or white zero   1, 2, 4, 8, 16 bits; with alpha 8, 16
 *   palette                     1, 2, 4, 8 bits
 *   RGB                         8, 16 bits; also with alpha
 *   YCbCr                       8 bits, JPEG-compressed
 *
 * in strips or tiles, interleaved or in planes, in every compression that libtiff knows. A fourth
 * channel is alpha, whatever the file calls it. Everything else is another kind. */
#include "image/decoder.h"
#include "leuko/error.h"
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

#define MAX_TILE_BYTES (128 << 20)
#define MAX_ALLOCATION (1 << 30)

typedef struct {
    const guint8 *bytes; /* the file */
    gsize n_bytes, at;
    gchar reason[200]; /* of the first error */
} Reader;

typedef struct {
    guint32 width, height;
    guint16 bits, n_samples, photometric, planar;
    guint n_colors; /* 1 or 3; a sample more is alpha */
    gboolean is_premultiplied;
    guint8 palette[256][LEUKO_CHANNELS];
} Layout;

static tmsize_t read_bytes(thandle_t handle, void *out, tmsize_t n)
{
    Reader *reader = handle;
    gsize left = reader->at < reader->n_bytes ? reader->n_bytes - reader->at : 0;
    gsize n_read = MIN(left, (gsize)n);
    memcpy(out, reader->bytes + reader->at, n_read);
    reader->at += n_read;
    return (tmsize_t)n_read;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t n)
{
    (void)handle, (void)bytes, (void)n;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    Reader *reader = handle;
    gsize base = whence == SEEK_CUR ? reader->at : whence == SEEK_END ? reader->n_bytes : 0;
    reader->at = base + (gsize)offset;
    return reader->at;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t get_size(thandle_t handle) { return ((Reader *)handle)->n_bytes; }

/* Called without the file's handle while it is opened: `data` is the Reader in each case. */
G_GNUC_PRINTF(4, 0)
static int keep_error(TIFF *tiff, void *data, const char *where, const char *format, va_list args)
{
    (void)tiff, (void)where;
    Reader *reader = data;
    if (!*reader->reason)
        g_vsnprintf(reader->reason, sizeof reader->reason, format, args);
    reader->reason[strcspn(reader->reason, "\n")] = '\0';
    return 1; /* nothing is printed */
}

G_GNUC_PRINTF(4, 0)
static int drop_warning(TIFF *tiff, void *data, const char *where, const char *format, va_list args)
{
    (void)tiff, (void)data, (void)where, (void)format, (void)args;
    return 1;
}

static TIFF *open_tiff(Reader *reader)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, reader);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, NULL);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAX_ALLOCATION);
    /* "m": copies, because a mapped file would have to be writable */
    TIFF *tiff = TIFFClientOpenExt("the file", "rm", reader, read_bytes, write_nothing, seek,
                                   close_nothing, get_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* The 16-bit colors of the file as 8 bits. Some old files hold 8-bit numbers there. */
static gboolean read_palette(TIFF *tiff, Layout *layout)
{
    guint16 *map[LEUKO_CHANNELS], highest = 0;
    if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]))
        return FALSE;
    guint n = 1u << layout->bits;
    for (guint i = 0; i < n * LEUKO_CHANNELS; i++)
        highest = MAX(highest, map[i % LEUKO_CHANNELS][i / LEUKO_CHANNELS]);
    for (guint i = 0; i < n * LEUKO_CHANNELS; i++) {
        guint16 value = map[i % LEUKO_CHANNELS][i / LEUKO_CHANNELS];
        layout->palette[i / LEUKO_CHANNELS][i % LEUKO_CHANNELS] =
            (guint8)(highest < 256 ? value : value >> 8);
    }
    return TRUE;
}

/* NULL, or the kind of image that is not read here. */
static const char *find_other_kind(TIFF *tiff, const Layout *layout)
{
    guint16 format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    guint bits = layout->bits, n = layout->n_samples;
    gboolean is_byte_or_two = bits == 8 || bits == 16;

    if (format == SAMPLEFORMAT_IEEEFP)
        return "floating-point samples";
    if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID)
        return "signed or complex samples";
    if (!is_byte_or_two && bits != 1 && bits != 2 && bits != 4)
        return "samples of unusual depth";
    if (compression == COMPRESSION_OJPEG)
        return "old-style JPEG compression";
    switch (layout->photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
        return n == 1 || (n == 2 && is_byte_or_two) ? NULL : "gray with extra channels";
    case PHOTOMETRIC_PALETTE:
        return n == 1 && bits <= 8 ? NULL : "an unusual palette";
    case PHOTOMETRIC_RGB:
        return (n == 3 || n == 4) && is_byte_or_two ? NULL : "RGB of unusual depth or channels";
    case PHOTOMETRIC_YCBCR:
        return n == 3 && bits == 8 && compression == COMPRESSION_JPEG ? NULL : "YCbCr without JPEG";
    case PHOTOMETRIC_SEPARATED:
        return "CMYK";
    default:
        return "an unusual color space";
    }
}

/* Read and check the fields. FALSE with an error, or without one where file->other_kind is set. */
static gboolean read_layout(TIFF *tiff, Layout *layout, ImageFile *file, GError **error)
{
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout->width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout->height);
    if (!image_check_size(file, layout->width, layout->height, error))
        return FALSE;
    guint16 orientation = 0, n_extra = 0, *extra = NULL;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->n_samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planar);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric))
        layout->photometric = layout->n_samples < 3 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB;
    if (layout->n_samples == 0 || layout->n_samples > 4) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: %u color channels",
                    file->name, layout->n_samples);
        return FALSE;
    }
    if ((file->other_kind = find_other_kind(tiff, layout)))
        return FALSE;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &n_extra, &extra);
    layout->is_premultiplied = n_extra > 0 && extra[0] == EXTRASAMPLE_ASSOCALPHA;
    layout->n_colors = layout->n_samples < 3 ? 1 : 3;
    if (TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation) && orientation <= 8)
        file->orientation = orientation;
    if (layout->photometric == PHOTOMETRIC_YCBCR)
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (layout->photometric == PHOTOMETRIC_PALETTE && !read_palette(tiff, layout))
        return image_set_broken(file, "a palette image without a palette", error);
    return TRUE;
}

/* Sample `i` of a row as 8 bits, or the index into a palette. */
static guint get_sample(const Layout *layout, const guint8 *row, gsize i)
{
    guint bits = layout->bits, value;
    if (bits == 16)
        value = ((const guint16 *)(gconstpointer)row)[i] >> 8;
    else if (bits == 8)
        value = row[i];
    else
        value = image_sub_byte(row, i, bits);
    if (bits < 8 && layout->photometric != PHOTOMETRIC_PALETTE)
        value = value * 255 / ((1u << bits) - 1);
    return value;
}

/* Put a sample of channel `c` into a pixel. Alpha comes last. */
static inline void put_sample(const Layout *layout, guint c, guint value, guint8 *pixel)
{
    if (c == layout->n_colors) { /* alpha */
        for (guint i = 0; i < LEUKO_CHANNELS; i++)
            pixel[i] = layout->is_premultiplied ? (guint8)MIN(255u, pixel[i] + 255 - value)
                                                : image_on_white(pixel[i], value);
    } else if (layout->photometric == PHOTOMETRIC_PALETTE) {
        memcpy(pixel, layout->palette[value], LEUKO_CHANNELS);
    } else if (layout->n_colors == 1) {
        value = layout->photometric == PHOTOMETRIC_MINISWHITE ? 255 - value : value;
        pixel[0] = pixel[1] = pixel[2] = (guint8)value;
    } else {
        pixel[c] = (guint8)value;
    }
}

/* row: n pixels of all channels, or of channel `plane` alone. out: (n, 3) */
static void put_row(const Layout *layout, const guint8 *row, guint plane, guint n, guint8 *out)
{
    gboolean is_planar = layout->planar == PLANARCONFIG_SEPARATE;
    guint n_samples = is_planar ? 1 : layout->n_samples;
    if (!is_planar && n_samples == LEUKO_CHANNELS && layout->bits == 8) {
        memcpy(out, row, (gsize)n * LEUKO_CHANNELS);
        return;
    }
    for (gsize x = 0, i = 0; x < n; x++)
        for (guint c = 0; c < n_samples; c++, i++)
            put_sample(layout, plane + c, get_sample(layout, row, i), out + x * LEUKO_CHANNELS);
}

static gboolean no_memory(const ImageFile *file, gsize n_bytes, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for %zu bytes of a tiff",
                file->name, n_bytes);
    return FALSE;
}

static gboolean read_strips(TIFF *tiff, const Layout *layout, guint plane, const LeukoImage *image,
                            const ImageFile *file, GError **error)
{
    gsize n_bytes = (gsize)TIFFScanlineSize(tiff);
    gsize row_samples =
        (gsize)layout->width * (layout->planar == PLANARCONFIG_SEPARATE ? 1 : layout->n_samples);
    if (n_bytes < (row_samples * layout->bits + 7) / 8)
        return image_set_broken(file, "rows shorter than the image is wide", error);
    g_autofree guint8 *row = g_try_malloc(n_bytes);
    if (!row)
        return no_memory(file, n_bytes, error);
    for (guint y = 0; y < layout->height; y++) {
        if (TIFFReadScanline(tiff, row, y, (guint16)plane) < 0)
            return FALSE;
        put_row(layout, row, plane, layout->width, image->pixels + y * image->row_bytes);
    }
    return TRUE;
}

static gboolean read_tiles(TIFF *tiff, const Layout *layout, guint plane, const LeukoImage *image,
                           const ImageFile *file, GError **error)
{
    guint32 tile_width = 0, tile_height = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
    tmsize_t n_bytes = TIFFTileSize(tiff), row_bytes = TIFFTileRowSize(tiff);
    if (tile_width == 0 || tile_height == 0 || n_bytes <= 0 || n_bytes > MAX_TILE_BYTES ||
        row_bytes <= 0 || (guint64)row_bytes * tile_height > (guint64)n_bytes)
        return image_set_broken(file, "tile size out of range", error);
    g_autofree guint8 *tile = g_try_malloc((gsize)n_bytes);
    if (!tile)
        return no_memory(file, (gsize)n_bytes, error);
    for (guint y0 = 0; y0 < layout->height; y0 += tile_height)
        for (guint x0 = 0; x0 < layout->width; x0 += tile_width) {
            if (TIFFReadTile(tiff, tile, x0, y0, 0, (guint16)plane) < 0)
                return FALSE;
            guint n = MIN(tile_width, layout->width - x0);
            for (guint y = 0; y < MIN(tile_height, layout->height - y0); y++)
                put_row(layout, tile + y * (gsize)row_bytes, plane, n,
                        image->pixels + (y0 + y) * image->row_bytes + (gsize)x0 * LEUKO_CHANNELS);
        }
    return TRUE;
}

static LeukoImage *decode(TIFF *tiff, ImageFile *file, GError **error)
{
    Layout layout = {0};
    if (!read_layout(tiff, &layout, file, error))
        return NULL;
    g_autoptr(LeukoImage) image = leuko_image_new(layout.width, layout.height, error);
    if (!image)
        return NULL;
    guint n_planes = layout.planar == PLANARCONFIG_SEPARATE ? layout.n_samples : 1;
    for (guint plane = 0; plane < n_planes; plane++)
        if (!(TIFFIsTiled(tiff) ? read_tiles : read_strips)(tiff, &layout, plane, image, file,
                                                            error))
            return NULL;
    return g_steal_pointer(&image);
}

LeukoImage *image_tiff_decode(ImageFile *file, GError **error)
{
    Reader reader = {.bytes = file->bytes, .n_bytes = file->n_bytes};
    g_autoptr(GError) own = NULL;
    TIFF *tiff = open_tiff(&reader);
    LeukoImage *image = tiff ? decode(tiff, file, &own) : NULL;
    if (tiff)
        TIFFClose(tiff);
    if (own)
        g_propagate_error(error, g_steal_pointer(&own));
    else if (!image && !file->other_kind)
        image_set_broken(file, *reader.reason ? reader.reason : "no reason given", error);
    return image;
}
