/* TIFF with libtiff, in strips or tiles, interleaved or in planes, in every compression that
 * libtiff knows. image/tiff-pages.h says which page is read, image/tiff-layout.h which kinds of
 * samples.
 *
 * Samples with more than 8 bits, and alpha, need two passes: the first one finds the largest value
 * (image/sample-depth.h). It ends at the first value that decides; in most images with 16 bits in
 * use that is in the first row. */
#include "image/cmyk.h"
#include "image/sample-depth.h"
#include "image/tiff-layout.h"
#include "image/tiff-pages.h"
#include "image/working-memory.h"
#include "leuko/error.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_TILE_BYTES (128 << 20)

typedef struct {
    const guint8 *bytes; /* the file */
    gsize n_bytes, at;
    gchar reason[200]; /* of the first error */
} Reader;

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
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)image_memory_limit());
    /* "m": copies, because a mapped file would have to be writable */
    TIFF *tiff = TIFFClientOpenExt("the file", "rm", reader, read_bytes, write_nothing, seek,
                                   close_nothing, get_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* One pass over the samples of the page. */
typedef struct {
    TIFF *tiff;
    TiffLayout layout;
    ImageFile *file;
    LeukoImage *image;
    double lowest, highest, highest_alpha; /* of all samples that were seen */
    gboolean has_nan, is_transparent;
} Job;

/* Take n pixels from column x of row y on: their samples of all channels, or of channel `plane`
 * alone. FALSE to end the pass. */
typedef gboolean TakeRow(Job *job, const guint8 *row, guint plane, guint x, guint y, guint n);

static gboolean is_alpha(const TiffLayout *layout, guint channel)
{
    return layout->alpha != TIFF_ALPHA_NONE && channel == layout->n_colors;
}

static guint samples_per_row(const TiffLayout *layout)
{
    return layout->planar == PLANARCONFIG_SEPARATE ? 1 : layout->n_samples;
}

/* TRUE if no further sample changes the scale of an image. */
static gboolean is_decided(const Job *job)
{
    const TiffLayout *layout = &job->layout;
    if (layout->is_float)
        return job->has_nan;
    guint bits = layout->bits;
    if (layout->alpha != TIFF_ALPHA_NONE &&
        (job->highest_alpha == 0 || image_sample_depth(bits, (guint64)job->highest_alpha) < bits))
        return FALSE;
    return bits < 16 ||
           (job->highest > 0 && image_sample_depth(bits, (guint64)job->highest) == bits);
}

static gboolean measure_row(Job *job, const guint8 *row, guint plane, guint x, guint y, guint n)
{
    (void)x, (void)y;
    const TiffLayout *layout = &job->layout;
    guint n_samples = samples_per_row(layout);
    for (gsize pixel = 0, i = 0; pixel < n; pixel++)
        for (guint c = plane; c < plane + n_samples; c++, i++) {
            double value = layout->is_float ? image_tiff_float(layout, row, i)
                                            : image_tiff_integer(layout, row, i);
            if (is_alpha(layout, c)) {
                job->highest_alpha = MAX(job->highest_alpha, value);
            } else if (c < layout->n_colors) {
                job->lowest = MIN(job->lowest, value);
                job->highest = MAX(job->highest, value);
            }
            job->has_nan |= c < layout->n_colors && !isfinite(value);
        }
    return !is_decided(job);
}

/* Sample `i` of a row as 8 bits, or the index into a palette. */
static guint get_sample(const TiffLayout *layout, const TiffScale *scale, const guint8 *row,
                        gsize i)
{
    if (layout->is_float) {
        double value = image_tiff_float(layout, row, i) * 255 / scale->white;
        return (guint)lrint(CLAMP(isnan(value) ? 0 : value, 0, 255));
    }
    guint bits = layout->bits;
    guint32 value = image_tiff_integer(layout, row, i);
    if (bits < 8)
        return layout->photometric == PHOTOMETRIC_PALETTE ? value
                                                          : value * 255 / ((1u << bits) - 1);
    return MIN(value >> scale->shift, 255);
}

/* Put a sample of channel `c` into a pixel. Alpha comes last. */
static inline void put_sample(Job *job, guint c, guint value, guint8 *pixel)
{
    const TiffLayout *layout = &job->layout;
    if (c == layout->n_colors) {
        job->is_transparent |= value < 255;
        for (guint i = 0; i < LEUKO_CHANNELS; i++)
            pixel[i] = layout->alpha == TIFF_ALPHA_PREMULTIPLIED
                           ? (guint8)MIN(255u, pixel[i] + 255 - value)
                           : image_on_white(pixel[i], value);
    } else if (layout->photometric == PHOTOMETRIC_PALETTE) {
        memcpy(pixel, layout->palette[value], LEUKO_CHANNELS);
    } else if (c == LEUKO_CHANNELS) { /* black ink; the other three are in the pixel */
        const guint8 cmyk[] = {pixel[0], pixel[1], pixel[2], (guint8)value};
        image_cmyk_to_rgb(cmyk, pixel);
    } else if (layout->n_colors == 1) {
        value = layout->photometric == PHOTOMETRIC_MINISWHITE ? 255 - value : value;
        pixel[0] = pixel[1] = pixel[2] = (guint8)value;
    } else {
        pixel[c] = (guint8)value;
    }
}

static gboolean put_row(Job *job, const guint8 *row, guint plane, guint x, guint y, guint n)
{
    const TiffLayout *layout = &job->layout;
    guint8 *out = job->image->pixels + y * job->image->row_bytes + (gsize)x * LEUKO_CHANNELS;
    guint n_samples = samples_per_row(layout);
    if (n_samples == LEUKO_CHANNELS && layout->bits == 8) {
        memcpy(out, row, (gsize)n * LEUKO_CHANNELS);
        return TRUE;
    }
    guint end = MIN(plane + n_samples, layout->n_colors + (layout->alpha != TIFF_ALPHA_NONE));
    for (gsize pixel = 0; pixel < n; pixel++, out += LEUKO_CHANNELS)
        for (guint c = plane; c < end; c++) {
            const TiffScale *scale =
                c == layout->n_colors ? &layout->alpha_scale : &layout->color_scale;
            put_sample(job, c, get_sample(layout, scale, row, pixel * n_samples + c - plane), out);
        }
    return TRUE;
}

static gboolean no_memory(const ImageFile *file, gsize n_bytes, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for %zu bytes of a tiff",
                file->name, n_bytes);
    return FALSE;
}

static gboolean read_strips(Job *job, guint plane, TakeRow *take, gboolean *is_done, GError **error)
{
    const TiffLayout *layout = &job->layout;
    gsize n_bytes = (gsize)TIFFScanlineSize(job->tiff);
    gsize row_samples = (gsize)layout->width * samples_per_row(layout);
    if (n_bytes < (row_samples * layout->bits + 7) / 8)
        return image_set_broken(job->file, "rows shorter than the image is wide", error);
    g_autofree guint8 *row = g_try_malloc(n_bytes);
    if (!row)
        return no_memory(job->file, n_bytes, error);
    for (guint y = 0; y < layout->height && !*is_done; y++) {
        if (TIFFReadScanline(job->tiff, row, y, (guint16)plane) < 0)
            return FALSE;
        *is_done = !take(job, row, plane, 0, y, layout->width);
    }
    return TRUE;
}

static gboolean read_tiles(Job *job, guint plane, TakeRow *take, gboolean *is_done, GError **error)
{
    const TiffLayout *layout = &job->layout;
    guint32 tile_width = 0, tile_height = 0;
    TIFFGetField(job->tiff, TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(job->tiff, TIFFTAG_TILELENGTH, &tile_height);
    tmsize_t n_bytes = TIFFTileSize(job->tiff), row_bytes = TIFFTileRowSize(job->tiff);
    if (tile_width == 0 || tile_height == 0 || n_bytes <= 0 || n_bytes > MAX_TILE_BYTES ||
        row_bytes <= 0 || (guint64)row_bytes * tile_height > (guint64)n_bytes)
        return image_set_broken(job->file, "tile size out of range", error);
    g_autofree guint8 *tile = g_try_malloc((gsize)n_bytes);
    if (!tile)
        return no_memory(job->file, (gsize)n_bytes, error);
    for (guint y0 = 0; y0 < layout->height; y0 += tile_height)
        for (guint x0 = 0; x0 < layout->width; x0 += tile_width) {
            if (TIFFReadTile(job->tiff, tile, x0, y0, 0, (guint16)plane) < 0)
                return FALSE;
            guint n = MIN(tile_width, layout->width - x0);
            for (guint y = 0; y < MIN(tile_height, layout->height - y0) && !*is_done; y++)
                *is_done = !take(job, tile + y * (gsize)row_bytes, plane, x0, y0 + y, n);
            if (*is_done)
                return TRUE;
        }
    return TRUE;
}

/* Give all rows of the page to `take`, until it has enough. FALSE with an error, or without one
 * where libtiff told the reason. */
static gboolean pass(Job *job, TakeRow *take, GError **error)
{
    const TiffLayout *layout = &job->layout;
    gboolean is_done = FALSE, is_planar = layout->planar == PLANARCONFIG_SEPARATE;
    guint n_used = layout->n_colors + (layout->alpha != TIFF_ALPHA_NONE);
    for (guint plane = 0; plane < (is_planar ? n_used : 1) && !is_done; plane++)
        if (!(TIFFIsTiled(job->tiff) ? read_tiles : read_strips)(job, plane, take, &is_done, error))
            return FALSE;
    return TRUE;
}

/* The scale of integers up to `highest`. Returns the number of bits in use. */
static guint set_shift(TiffScale *scale, guint bits, double highest)
{
    guint depth = image_sample_depth(bits, (guint64)highest);
    scale->shift = depth > 8 ? depth - 8 : 0;
    return depth;
}

static gboolean scale_integers(Job *job)
{
    TiffLayout *layout = &job->layout;
    guint bits = layout->bits;
    double stated = layout->stated < ldexp(1, (int)bits) ? layout->stated : 0;
    guint depth = set_shift(&layout->color_scale, bits, MAX(job->highest, stated));
    set_shift(&layout->alpha_scale, bits, job->highest_alpha);
    if (bits > 8)
        image_note_depth(job->file, bits, depth);
    return TRUE;
}

static gboolean scale_floats(Job *job, GError **error)
{
    TiffLayout *layout = &job->layout;
    guint n_bits, n_alpha_bits;
    double white = image_float_white(MAX(job->highest, layout->stated), &n_bits);
    if (job->has_nan)
        return image_set_unsupported(job->file, "floating-point samples that are no finite numbers",
                                     error);
    if (white == 0 || job->lowest < -0.001 * white) {
        g_autofree gchar *kind =
            g_strdup_printf("floating-point samples from %g to %g (supported: 0 to 1, to 255, to "
                            "65535)",
                            job->lowest, job->highest);
        return image_set_unsupported(job->file, kind, error);
    }
    layout->color_scale.white = white;
    layout->alpha_scale.white = image_float_white(job->highest_alpha, &n_alpha_bits);
    if (layout->alpha_scale.white == 0)
        layout->alpha_scale.white = white;
    image_note(job->file->notes.samples, "%u-bit floating-point samples from 0 to %g", layout->bits,
               white);
    job->file->notes.n_bits_used = n_bits;
    return TRUE;
}

/* Find how samples become 8 bits. */
static gboolean measure(Job *job, GError **error)
{
    TiffLayout *layout = &job->layout;
    if (layout->photometric == PHOTOMETRIC_SEPARATED) { /* little ink is no other depth */
        layout->color_scale.shift = layout->bits - 8u;
        return TRUE;
    }
    if (layout->bits <= 8 && layout->alpha == TIFF_ALPHA_NONE)
        return TRUE;
    if (!pass(job, measure_row, error))
        return FALSE;
    if (layout->alpha != TIFF_ALPHA_NONE && job->highest_alpha <= 0) {
        layout->alpha = TIFF_ALPHA_NONE;
        image_note(job->file->notes.samples, IMAGE_ALPHA_ZERO);
    }
    return layout->is_float ? scale_floats(job, error) : scale_integers(job);
}

/* YCbCr without JPEG: libtiff converts it, subsampled or not. */
static gboolean read_ycbcr(Job *job, GError **error)
{
    LeukoImage *image = job->image;
    gsize n_pixels = (gsize)image->width * image->height;
    g_autofree guint32 *abgr = g_try_new(guint32, n_pixels);
    if (!abgr)
        return no_memory(job->file, n_pixels * sizeof(guint32), error);
    TIFFSetField(job->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT); /* it is turned later */
    if (!TIFFReadRGBAImageOriented(job->tiff, image->width, image->height, abgr,
                                   ORIENTATION_TOPLEFT, 1))
        return FALSE;
    for (gsize i = 0; i < n_pixels; i++) {
        image->pixels[i * 3] = (guint8)TIFFGetR(abgr[i]);
        image->pixels[i * 3 + 1] = (guint8)TIFFGetG(abgr[i]);
        image->pixels[i * 3 + 2] = (guint8)TIFFGetB(abgr[i]);
    }
    return TRUE;
}

/* Bytes beside the pixels: the compressed data of a strip or tile, and what becomes of them, which
 * is a row, or the whole with some codecs. */
static guint64 part_bytes(TIFF *tiff, const TiffLayout *layout, const ImageFile *file)
{
    enum { LERC = 34887, WEBP = 50001, JPEG_XL = 50002 };
    guint16 c = layout->compression;
    gboolean is_whole = c == LERC || c == WEBP || c == JPEG_XL || c == COMPRESSION_JBIG;
    tmsize_t n = TIFFIsTiled(tiff) ? TIFFTileSize(tiff)
                 : is_whole        ? TIFFStripSize(tiff)
                                   : TIFFScanlineSize(tiff);
    return 2 * (guint64)MAX(n, 0) + (c == COMPRESSION_NONE ? 0 : file->n_bytes);
}

static LeukoImage *decode(TIFF *tiff, ImageFile *file, GError **error)
{
    Job job = {.tiff = tiff, .file = file};
    const TiffLayout *layout = &job.layout;
    if (!image_tiff_choose_page(tiff, file, error) ||
        !image_tiff_layout(tiff, &job.layout, file, error))
        return NULL;
    gboolean is_ycbcr = layout->photometric == PHOTOMETRIC_YCBCR,
             is_jpeg_ycbcr = is_ycbcr && layout->compression == COMPRESSION_JPEG;
    if (is_jpeg_ycbcr)
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    guint64 n_rgba = (guint64)layout->width * layout->height * sizeof(guint32);
    guint64 n_bytes = part_bytes(tiff, layout, file);
    if (!image_memory_take(file, layout->width, layout->height, n_bytes, error))
        return NULL;
    if ((!is_ycbcr || is_jpeg_ycbcr) && !measure(&job, error))
        return NULL;
    g_autoptr(LeukoImage) image = job.image =
        image_new_for(file, layout->width, layout->height,
                      is_ycbcr && !is_jpeg_ycbcr ? n_bytes + n_rgba : n_bytes, error);
    if (!image ||
        !(is_ycbcr && !is_jpeg_ycbcr ? read_ycbcr(&job, error) : pass(&job, put_row, error)))
        return NULL;
    if (job.is_transparent)
        image_note(file->notes.samples, IMAGE_TRANSPARENT);
    return g_steal_pointer(&image);
}

LeukoImage *image_tiff_decode(ImageFile *file, GError **error)
{
    if (!image_tiff_check_header(file, error))
        return NULL;
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
