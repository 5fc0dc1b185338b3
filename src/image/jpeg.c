/* JPEG with libjpeg(-turbo): gray, YCbCr, RGB, CMYK and YCCK. In files with a marker of Adobe, inks
 * are stored inverted (0 is full); without one, 255 is full (ITU-T T.872, 6.1). */
#include "image/jpeg.h"
#include "image/cmyk.h"
#include "image/decoder.h"
#include "image/icc.h"
#include "image/orientation.h"
#include "image/working-memory.h"
#include "leuko/error.h"
#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <string.h>

/* Encoders write about ten scans. Thousands of tiny scans would take minutes to decode. */
#define MAX_SCANS    200
#define ROWS_AT_ONCE 16

/* libjpeg leaves a fatal error by longjmp. Data that must survive it are in a Job, which belongs to
 * the caller of setjmp. */
typedef struct {
    struct jpeg_error_mgr manager; /* first: libjpeg gives this address back */
    struct jpeg_progress_mgr progress;
    jmp_buf out;
    gchar message[JMSG_LENGTH_MAX];
} Job;

static void fail(j_common_ptr info)
{
    Job *job = (Job *)info->err;
    info->err->format_message(info, job->message);
    longjmp(job->out, 1);
}

/* Warnings about missing or wrong pixels are errors here; warnings about headers are not. */
static void take_message(j_common_ptr info, int level)
{
    int code = info->err->msg_code;
    if (level < 0 &&
        (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE))
        fail(info);
}

static void stay_silent(j_common_ptr info) { (void)info; }

static void count_scans(j_common_ptr info)
{
    if (((j_decompress_ptr)info)->input_scan_number > MAX_SCANS) {
        Job *job = (Job *)info->err;
        g_snprintf(job->message, sizeof job->message, "more than %d scans", MAX_SCANS);
        longjmp(job->out, 1);
    }
}

static void job_init(Job *job, struct jpeg_error_mgr **manager)
{
    *manager = jpeg_std_error(&job->manager);
    job->manager.error_exit = fail;
    job->manager.emit_message = take_message;
    job->manager.output_message = stay_silent;
    job->progress = (struct jpeg_progress_mgr){.progress_monitor = count_scans};
    job->message[0] = '\0';
}

/* Decode all rows into `image`, which has the size of `info`. */
static void read_rows(j_decompress_ptr info, const LeukoImage *image)
{
    JSAMPROW rows[ROWS_AT_ONCE];
    while (info->output_scanline < info->output_height) {
        guint n = MIN(ROWS_AT_ONCE, info->output_height - info->output_scanline);
        for (guint i = 0; i < n; i++)
            rows[i] = image->pixels + (info->output_scanline + i) * image->row_bytes;
        jpeg_read_scanlines(info, rows, n);
    }
}

static void read_cmyk_rows(j_decompress_ptr info, guint8 *cmyk, const LeukoImage *image)
{
    guint8 inverted = info->saw_Adobe_marker ? 0xff : 0;
    while (info->output_scanline < info->output_height) {
        guint8 *rgb = image->pixels + info->output_scanline * image->row_bytes;
        jpeg_read_scanlines(info, &cmyk, 1);
        for (gsize i = 0; i < (gsize)image->width * 4; i++)
            cmyk[i] ^= inverted;
        for (guint x = 0; x < image->width; x++)
            image_cmyk_to_rgb(cmyk + (gsize)x * 4, rgb + (gsize)x * LEUKO_CHANNELS);
    }
}

static gboolean read_header(j_decompress_ptr info, Job *job, const ImageFile *file)
{
    if (setjmp(job->out))
        return FALSE;
    jpeg_create_decompress(info);
    info->progress = &job->progress;
    jpeg_mem_src(info, file->bytes, file->n_bytes);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
    jpeg_save_markers(info, JPEG_APP0 + 2, 0xffff);
    jpeg_read_header(info, TRUE);
    return TRUE;
}

static guint find_orientation(const struct jpeg_decompress_struct *info)
{
    for (jpeg_saved_marker_ptr m = info->marker_list; m; m = m->next)
        if (m->data_length >= 6 && memcmp(m->data, "Exif\0\0", 6) == 0)
            return image_exif_orientation(m->data, m->data_length);
    return 0;
}

/* The first marker of a profile: "ICC_PROFILE", 0, number, count, then the profile's beginning. */
static void note_profile(const struct jpeg_decompress_struct *info, ImageFile *file)
{
    enum { HEAD = 14 };
    for (jpeg_saved_marker_ptr m = info->marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 2 && m->data_length > HEAD &&
            memcmp(m->data, "ICC_PROFILE\0\1", 13) == 0) {
            image_icc_note(file, m->data + HEAD, m->data_length - HEAD);
            return;
        }
}

static gboolean check_header(const struct jpeg_decompress_struct *info, ImageFile *file,
                             GError **error)
{
    if (!image_check_size(file, info->image_width, info->image_height, error))
        return FALSE;
    if (info->num_components != 1 && info->num_components != 3 && info->num_components != 4) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: %d color channels",
                    file->name, info->num_components);
        return FALSE;
    }
    file->orientation = find_orientation(info);
    note_profile(info, file);
    return TRUE;
}

/* cmyk_row: (width, 4), only for files with inks. */
static gboolean decode_rows(j_decompress_ptr info, Job *job, guint8 *cmyk_row,
                            const LeukoImage *image)
{
    if (setjmp(job->out))
        return FALSE;
    info->out_color_space = cmyk_row ? JCS_CMYK : JCS_RGB; /* gray is replicated */
    jpeg_start_decompress(info);
    if (cmyk_row)
        read_cmyk_rows(info, cmyk_row, image);
    else
        read_rows(info, image);
    jpeg_finish_decompress(info);
    return TRUE;
}

/* Bytes of the coefficients, which files of several scans need all at once. */
static guint64 n_coefficients(const struct jpeg_decompress_struct *info)
{
    guint64 n = 0;
    if (!info->progressive_mode && info->comps_in_scan == info->num_components)
        return 0;
    for (int i = 0; i < info->num_components; i++)
        n += (guint64)info->comp_info[i].width_in_blocks * info->comp_info[i].height_in_blocks;
    return n * DCTSIZE2 * sizeof(JCOEF);
}

LeukoImage *image_jpeg_decode(ImageFile *file, GError **error)
{
    struct jpeg_decompress_struct info = {0};
    Job job;
    job_init(&job, &info.err);
    g_autoptr(GError) own = NULL;
    g_autoptr(LeukoImage) image = NULL;
    gboolean ok = read_header(&info, &job, file);
    if (ok && check_header(&info, file, &own))
        image =
            image_new_for(file, info.image_width, info.image_height, n_coefficients(&info), &own);
    g_autofree guint8 *cmyk_row =
        image && info.num_components == 4 ? g_malloc((gsize)image->width * 4) : NULL;
    if (image)
        ok = decode_rows(&info, &job, cmyk_row, image);
    jpeg_destroy_decompress(&info);
    if (!ok)
        image_set_broken(file, job.message, error);
    else if (own)
        g_propagate_error(error, g_steal_pointer(&own));
    return ok ? g_steal_pointer(&image) : NULL;
}

typedef struct {
    const guint8 *pixels;
    guint width, height, bands;
    int quality;
    gboolean half_chroma;
} Source;

/* The destination of encoded bytes. jpeg_mem_dest() would leave a freed pointer after an error. */
typedef struct {
    struct jpeg_destination_mgr manager; /* first, as above */
    GByteArray *written;
    guint8 buffer[16384];
} Sink;

static void sink_rewind(j_compress_ptr info)
{
    Sink *sink = (Sink *)info->dest;
    sink->manager.next_output_byte = sink->buffer;
    sink->manager.free_in_buffer = sizeof sink->buffer;
}

static boolean sink_empty(j_compress_ptr info)
{
    Sink *sink = (Sink *)info->dest;
    g_byte_array_append(sink->written, sink->buffer, sizeof sink->buffer);
    sink_rewind(info);
    return TRUE;
}

static void sink_finish(j_compress_ptr info)
{
    Sink *sink = (Sink *)info->dest;
    gsize left = sizeof sink->buffer - sink->manager.free_in_buffer;
    g_byte_array_append(sink->written, sink->buffer, (guint)left);
}

static gboolean run_encoder(j_compress_ptr info, Job *job, const Source *source, Sink *sink)
{
    if (setjmp(job->out))
        return FALSE;
    jpeg_create_compress(info);
    info->dest = &sink->manager;
    info->image_width = source->width;
    info->image_height = source->height;
    info->input_components = (int)source->bands;
    info->in_color_space = source->bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, source->quality, TRUE);
    if (source->bands > 1 && !source->half_chroma)
        info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(info, TRUE);
    gsize row_bytes = (gsize)source->width * source->bands;
    while (info->next_scanline < info->image_height) {
        JSAMPROW row = (JSAMPROW)(guintptr)(source->pixels + info->next_scanline * row_bytes);
        jpeg_write_scanlines(info, &row, 1);
    }
    jpeg_finish_compress(info);
    return TRUE;
}

GBytes *image_jpeg_encode(const guint8 *pixels, guint width, guint height, guint bands, int quality,
                          gboolean half_chroma, GError **error)
{
    g_assert(pixels && (bands == 1 || bands == 3) && quality >= 1 && quality <= 100);
    struct jpeg_compress_struct info = {0};
    Job job;
    job_init(&job, &info.err);
    const Source source = {pixels, width, height, bands, quality, half_chroma};
    Sink sink = {.manager = {.init_destination = sink_rewind,
                             .empty_output_buffer = sink_empty,
                             .term_destination = sink_finish}};
    g_autoptr(GByteArray) written = sink.written = g_byte_array_new();
    gboolean ok = run_encoder(&info, &job, &source, &sink);
    jpeg_destroy_compress(&info);
    if (ok)
        return g_byte_array_free_to_bytes(g_steal_pointer(&written));
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY,
                "cannot encode an image of %u x %u pixels as jpeg: %s", width, height, job.message);
    return NULL;
}
