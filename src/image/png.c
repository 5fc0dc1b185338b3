#include "image/png.h"
#include "image/decoder.h"
#include "image/orientation.h"
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
    gboolean is_interlaced;
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

/* Profiles, texts and the like are skipped unread: they can be made to unpack to gigabytes. */
static void skip_what_is_no_pixel(png_structp png)
{
    static const png_byte unused[] = "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0"
                                     "sBIT\0sCAL\0sPLT\0sTER\0sRGB\0tEXt\0tIME\0zTXt";
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

static gboolean convert_to_rgb8(Job *job)
{
    if (setjmp(png_jmpbuf(job->png)))
        return FALSE;
    png_set_expand(job->png); /* palettes, small depths, a transparent color */
    png_set_strip_16(job->png);
    png_set_gray_to_rgb(job->png);
    job->is_interlaced = png_set_interlace_handling(job->png) > 1;
    png_read_update_info(job->png, job->info);
    job->channels = png_get_channels(job->png, job->info);
    return TRUE;
}

static void flatten(const guint8 *rgba, guint n_pixels, guint8 *rgb)
{
    for (guint x = 0; x < n_pixels; x++, rgba += 4, rgb += LEUKO_CHANNELS)
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            rgb[c] = image_on_white(rgba[c], rgba[3]);
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
                flatten(rgba, image->width, row);
        }
    for (guint y = 0; rgba && job->is_interlaced && y < image->height; y++)
        flatten(rgba + y * rgba_step, image->width, image->pixels + y * image->row_bytes);
    return TRUE;
}

static LeukoImage *decode(Job *job, ImageFile *file, GError **error)
{
    if (!read_header(job, file)) {
        image_set_broken(file, job->reason, error);
        return NULL;
    }
    guint width = png_get_image_width(job->png, job->info);
    guint height = png_get_image_height(job->png, job->info);
    if (!image_check_size(file, width, height, error))
        return NULL;
    if (!convert_to_rgb8(job)) {
        image_set_broken(file, job->reason, error);
        return NULL;
    }
    g_autoptr(LeukoImage) image = leuko_image_new(width, height, error);
    if (!image)
        return NULL;
    g_assert(job->channels == LEUKO_CHANNELS || job->channels == 4);
    g_autofree guint8 *rgba = NULL;
    if (job->channels == 4 &&
        !(rgba = g_try_malloc((gsize)width * 4 * (job->is_interlaced ? height : 1)))) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                    "%s: no memory for an image of %u x %u pixels", file->name, width, height);
        return NULL;
    }
    if (!read_rows(job, image, rgba)) {
        image_set_broken(file, job->reason, error);
        return NULL;
    }
    return g_steal_pointer(&image);
}

LeukoImage *image_png_decode(ImageFile *file, GError **error)
{
    Job job = {.next = file->bytes, .end = file->bytes + file->n_bytes};
    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, fail, keep_first_warning);
    job.info = job.png ? png_create_info_struct(job.png) : NULL;
    LeukoImage *image = NULL;
    if (job.info)
        image = decode(&job, file, error);
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for a png", file->name);
    png_destroy_read_struct(&job.png, &job.info, NULL);
    return image;
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
