#include "image/png.h"
#include "image/decoder.h"
#include "image/orientation.h"
#include "image/png-chunks.h"
#include "image/sample-depth.h"
#include "image/working-memory.h"
#include "leuko/error.h"
#include <png.h>
#include <setjmp.h>
#include <string.h>

/* libpng leaves a fatal error by longjmp. Data that must survive it are in a Job, which belongs to
 * the caller of setjmp. */
typedef struct {
    png_structp png;
    png_infop info;
    const guint8 *next, *end; /* what is left to read */
    GByteArray *written;
    gchar warning[200], reason[200];
    guint channels; /* 3, or 4 with alpha */
    gboolean is_interlaced, is_measuring, drop_alpha;
    guint shift, alpha_shift;               /* of 16-bit samples: the upper 8 of the bits in use */
    guint n_stated;                         /* bits by sBIT; 0: not stated */
    guint highest, highest_alpha, all_bits; /* of the samples that were seen; all_bits: of colors */
    gboolean is_transparent;
} Job;

static void fail(png_structp png, png_const_charp message)
{
    Job *job = png_get_error_ptr(png);
    /* what is wrong with the header is said in a warning */
    gboolean is_vague = strcmp(message, "Invalid IHDR data") == 0 && *job->warning;
    g_strlcpy(job->reason, is_vague ? job->warning : message, sizeof job->reason);
    png_longjmp(png, 1);
}

static void keep_first_warning(png_structp png, png_const_charp message)
{
    Job *job = png_get_error_ptr(png);
    if (!*job->warning)
        g_strlcpy(job->warning, message, sizeof job->warning);
}

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
    Job *job = png_get_io_ptr(png);
    if (n > (gsize)(job->end - job->next))
        png_error(png, "the file ends too early");
    memcpy(out, job->next, n);
    job->next += n;
}

/* Profiles, texts and the like are skipped unread: they can be made to unpack to gigabytes.
 * image/png-chunks.h reads what matters of them. */
static void skip_what_is_no_pixel(png_structp png)
{
    static const png_byte unused[] = "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0"
                                     "sCAL\0sPLT\0sTER\0sRGB\0tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, unused, (int)(sizeof unused / 5));
}

/* Read all before the pixels, and ask libpng for 8-bit RGB or RGBA. */
static gboolean read_header(Job *job, ImageFile *file)
{
    if (setjmp(png_jmpbuf(job->png)))
        return FALSE;
    png_set_read_fn(job->png, job, read_bytes);
    skip_what_is_no_pixel(job->png);
    png_read_info(job->png, job->info);
    png_bytep exif = NULL;
    png_uint_32 n_exif = 0;
    if (png_get_eXIf_1(job->png, job->info, &n_exif, &exif))
        file->orientation = image_exif_orientation(exif, n_exif);
    return TRUE;
}

/* The number of bits that sBIT states for colors. */
static guint get_stated_bits(const Job *job)
{
    png_color_8p bits = NULL;
    if (!png_get_sBIT(job->png, job->info, &bits) || !bits)
        return 0;
    gboolean is_gray = !(png_get_color_type(job->png, job->info) & PNG_COLOR_MASK_COLOR);
    return is_gray ? bits->gray : MAX(MAX(bits->red, bits->green), bits->blue);
}

/* 16-bit samples of a row: measure them, or make them 8-bit in place. libpng calls this for each
 * row, after all other conversions: the colors first, then alpha. */
static void take_16_bits(png_structp png, png_row_infop row, png_bytep data)
{
    Job *job = png_get_user_transform_ptr(png);
    gsize n = (gsize)row->width * row->channels;
    for (gsize i = 0, c = 0; i < n; i++, c = c + 1 == row->channels ? 0 : c + 1) {
        guint value = (guint)data[2 * i] << 8 | data[2 * i + 1];
        gboolean is_alpha = c == LEUKO_CHANNELS;
        if (!job->is_measuring) {
            data[i] = (guint8)MIN(value >> (is_alpha ? job->alpha_shift : job->shift), 255);
        } else if (is_alpha) {
            job->highest_alpha = MAX(job->highest_alpha, value);
        } else {
            job->highest = MAX(job->highest, value);
            job->all_bits |= value;
        }
    }
}

static gboolean convert_to_rgb8(Job *job)
{
    if (setjmp(png_jmpbuf(job->png)))
        return FALSE;
    png_set_expand(job->png); /* palettes, small depths, a transparent color */
    png_set_gray_to_rgb(job->png);
    if (job->drop_alpha)
        png_set_strip_alpha(job->png);
    if (png_get_bit_depth(job->png, job->info) == 16) {
        png_set_read_user_transform_fn(job->png, take_16_bits);
        png_set_user_transform_info(job->png, job, job->is_measuring ? 16 : 8, 0);
    }
    job->n_stated = get_stated_bits(job);
    job->is_interlaced = png_set_interlace_handling(job->png) > 1;
    png_read_update_info(job->png, job->info);
    job->channels = png_get_channels(job->png, job->info);
    return TRUE;
}

static void flatten(Job *job, const guint8 *rgba, guint n_pixels, guint8 *rgb)
{
    for (guint x = 0; x < n_pixels; x++, rgba += 4, rgb += LEUKO_CHANNELS) {
        job->highest_alpha = MAX(job->highest_alpha, rgba[3]);
        job->is_transparent |= rgba[3] < 255;
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            rgb[c] = image_on_white(rgba[c], rgba[3]);
    }
}

/* rgba: NULL without alpha; else all rows of an interlaced image, or one row. */
static gboolean read_rows(Job *job, const LeukoImage *image, guint8 *rgba)
{
    if (setjmp(png_jmpbuf(job->png)))
        return FALSE;
    gsize rgba_step = job->is_interlaced ? (gsize)image->width * 4 : 0;
    for (int pass = 0; pass < (job->is_interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1); pass++)
        for (guint y = 0; y < image->height; y++) {
            guint8 *row = image->pixels + y * image->row_bytes;
            png_read_row(job->png, rgba ? rgba + y * rgba_step : row, NULL);
            if (rgba && !job->is_interlaced)
                flatten(job, rgba, image->width, row);
        }
    for (guint y = 0; rgba && job->is_interlaced && y < image->height; y++)
        flatten(job, rgba + y * rgba_step, image->width, image->pixels + y * image->row_bytes);
    return TRUE;
}

static gboolean no_memory(const ImageFile *file, guint width, guint height, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                "%s: no memory for an image of %u x %u pixels", file->name, width, height);
    return FALSE;
}

static gboolean read_pixels(Job *job, LeukoImage *image, const ImageFile *file, GError **error)
{
    g_assert(job->channels == LEUKO_CHANNELS || job->channels == 4);
    g_autofree guint8 *rgba = NULL;
    gsize n_rows = job->is_interlaced ? image->height : 1;
    if (job->channels == 4 && !(rgba = g_try_malloc((gsize)image->width * 4 * n_rows)))
        return no_memory(file, image->width, image->height, error);
    return read_rows(job, image, rgba) || image_set_broken(file, job->reason, error);
}

/* TRUE if no further sample changes the number of bits in use. */
static gboolean is_decided(const Job *job)
{
    guint shift = job->n_stated ? 15 : 14;
    return job->highest >> shift && (job->channels < 4 || job->highest_alpha >> 14);
}

static gboolean measure_rows(Job *job, guint height, guint8 *row)
{
    if (setjmp(png_jmpbuf(job->png)))
        return FALSE;
    for (int pass = 0; pass < (job->is_interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1); pass++)
        for (guint y = 0; y < height && !is_decided(job); y++)
            png_read_row(job->png, row, NULL);
    return TRUE;
}

static gboolean measure_pixels(Job *job, guint width, guint height, const ImageFile *file,
                               GError **error)
{
    g_autofree guint8 *row = g_try_malloc0(png_get_rowbytes(job->png, job->info));
    if (!row)
        return no_memory(file, width, height, error);
    return measure_rows(job, height, row) || image_set_broken(file, job->reason, error);
}

/* Decode the whole file; `image` receives the pixels, or stays NULL where they are measured. */
static gboolean run_decoder(Job *job, ImageFile *file, LeukoImage **image, GError **error)
{
    if (!read_header(job, file))
        return image_set_broken(file, job->reason, error);
    guint width = png_get_image_width(job->png, job->info);
    guint height = png_get_image_height(job->png, job->info);
    if (!image_check_size(file, width, height, error))
        return FALSE;
    if (!convert_to_rgb8(job))
        return image_set_broken(file, job->reason, error);
    if (job->is_measuring)
        return measure_pixels(job, width, height, file, error);
    gsize n_rows = job->is_interlaced ? height : 1;
    guint64 n_rgba = job->channels == 4 ? (guint64)width * 4 * n_rows : 0;
    *image = image_new_for(file, width, height, n_rgba, error);
    return *image && read_pixels(job, *image, file, error);
}

static gboolean decode(Job *job, ImageFile *file, LeukoImage **image, GError **error)
{
    job->next = file->bytes;
    job->end = file->bytes + file->n_bytes;
    job->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, job, fail, keep_first_warning);
    job->info = job->png ? png_create_info_struct(job->png) : NULL;
    gboolean ok = FALSE;
    if (job->info)
        ok = run_decoder(job, file, image, error);
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for a png", file->name);
    png_destroy_read_struct(&job->png, &job->info, NULL);
    return ok;
}

/* The bits in use of 16-bit samples. The specification moves the bits that sBIT states to the
 * upper end of a sample; some programs leave them at the lower end. */
static guint find_depth(const Job *measured)
{
    guint n = measured->n_stated;
    if (n == 0)
        return image_sample_depth(16, measured->highest);
    gboolean is_at_lower_end =
        n < 16 && measured->highest >> n == 0 && (measured->all_bits & ((1u << (16 - n)) - 1)) != 0;
    return is_at_lower_end ? n : 16;
}

/* Find how 16-bit samples become 8 bits. */
static gboolean measure(Job *job, ImageFile *file, GError **error)
{
    Job measured = {.is_measuring = TRUE};
    LeukoImage *none = NULL;
    if (!decode(&measured, file, &none, error))
        return FALSE;
    guint depth = find_depth(&measured);
    guint alpha_depth = image_sample_depth(16, measured.highest_alpha);
    job->shift = depth > 8 ? depth - 8 : 0;
    job->alpha_shift = alpha_depth - 8;
    image_note_depth(file, 16, depth);
    return TRUE;
}

LeukoImage *image_png_decode(ImageFile *file, GError **error)
{
    enum { DEPTH_AT = 24, COLOR_AT = 25 }; /* in the first chunk, as libpng demands */
    guint depth = file->n_bytes > COLOR_AT ? file->bytes[DEPTH_AT] : 0;
    guint color = file->n_bytes > COLOR_AT ? file->bytes[COLOR_AT] : 0;
    Job job = {0};
    if (depth == 16 && !measure(&job, file, error))
        return NULL;
    g_autoptr(LeukoImage) image = NULL;
    if (!decode(&job, file, &image, error))
        return NULL;
    image_png_note_chunks(file);
    if (color == PNG_COLOR_TYPE_PALETTE)
        image_note(file->notes.samples, IMAGE_PALETTE);
    else if (depth < 8)
        image_note(file->notes.samples, "%u-bit samples", depth);
    if (!job.is_transparent)
        return g_steal_pointer(&image);
    if (job.highest_alpha > 0 || !(color & PNG_COLOR_MASK_ALPHA)) {
        image_note(file->notes.samples, IMAGE_TRANSPARENT);
        return g_steal_pointer(&image);
    }
    g_clear_pointer(&image, leuko_image_free);
    g_autoptr(LeukoImage) opaque = NULL;
    Job again = {.drop_alpha = TRUE, .shift = job.shift};
    image_note(file->notes.samples, IMAGE_ALPHA_ZERO);
    return decode(&again, file, &opaque, error) ? g_steal_pointer(&opaque) : NULL;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t n)
{
    Job *job = png_get_io_ptr(png);
    g_byte_array_append(job->written, bytes, (guint)n);
}

static void flush_nothing(png_structp png) { (void)png; }

static gboolean run_encoder(Job *job, const guint8 *pixels, guint width, guint height, guint bands)
{
    if (setjmp(png_jmpbuf(job->png)))
        return FALSE;
    png_set_write_fn(job->png, job, write_bytes, flush_nothing);
    png_set_filter(job->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_compression_level(job->png, 6);
    png_set_IHDR(job->png, job->info, width, height, 8,
                 bands == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(job->png, job->info, 1000, 1000, PNG_RESOLUTION_METER); /* as libvips writes it */
    png_write_info(job->png, job->info);
    for (guint y = 0; y < height; y++)
        png_write_row(job->png, pixels + (gsize)y * width * bands);
    png_write_end(job->png, job->info);
    return TRUE;
}

GBytes *image_png_encode(const guint8 *pixels, guint width, guint height, guint bands,
                         GError **error)
{
    g_assert(pixels && (bands == 1 || bands == LEUKO_CHANNELS));
    g_autoptr(GByteArray) written = g_byte_array_new();
    Job job = {.written = written};
    job.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job, fail, keep_first_warning);
    job.info = job.png ? png_create_info_struct(job.png) : NULL;
    gboolean ok = job.info && run_encoder(&job, pixels, width, height, bands);
    png_destroy_write_struct(&job.png, &job.info);
    if (ok)
        return g_byte_array_free_to_bytes(g_steal_pointer(&written));
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                "cannot encode an image of %u x %u pixels as png", width, height);
    return NULL;
}
