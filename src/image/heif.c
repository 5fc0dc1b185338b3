/* HEIC and AVIF with libheif, 1.15 or newer: the primary image, in 8 bits.
 *
 * libheif repeats subsampled chroma; libavif, which Pillow and OpenCV use, interpolates it. Largest
 * difference of an AVIF from libavif's pixels, as measured (tests/golden/test-decoded.c): 1 without
 * subsampling and in gray; 3 without subsampling in limited range or above 8 bits; 4:2:0 and 4:2:2
 * up to 5 in smooth images and 23 at the sharp edges of a cell (1.2 to 1.7 on average). HEIC equals
 * other programs on libheif within 2.
 *
 * libheif crops, turns and
 * mirrors it as its properties (clap, irot, imir) say. A file may hold an EXIF orientation too. By
 * the standard it is for information only, and it is not applied a second time. */
#include "image/decoder.h"
#include "image/heif-boxes.h"
#include "image/heif-gray.h"
#include "image/icc.h"
#include "image/working-memory.h"
#include "leuko/error.h"
#include <libheif/heif.h>
#include <string.h>

typedef struct heif_context HeifContext;
typedef struct heif_image_handle HeifHandle;
typedef struct heif_image HeifImage;
typedef struct heif_decoding_options HeifOptions;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HeifContext, heif_context_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HeifHandle, heif_image_handle_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HeifImage, heif_image_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HeifOptions, heif_decoding_options_free)

/* libheif's first choice for AVIF is libdav1d. With it, libheif 1.15 loses memory for each broken
 * file, as much as its image takes, and libdav1d prints to standard error. libaom does neither and
 * gives the same pixels. */
#define AVIF_DECODER "aom"

/* Load the decoders; they stay loaded. AVIF_DECODER, or NULL if libheif does not have it. */
static gpointer start(gpointer data)
{
    enum { MAX_DECODERS = 16 };
    const struct heif_decoder_descriptor *decoders[MAX_DECODERS];
    (void)data;
    heif_init(NULL);
    int n = heif_get_decoder_descriptors(heif_compression_AV1, decoders, MAX_DECODERS);
    for (int i = 0; i < n; i++)
        if (strcmp(heif_decoder_descriptor_get_id_name(decoders[i]), AVIF_DECODER) == 0)
            return (gpointer)AVIF_DECODER;
    return NULL;
}

static const char *avif_decoder(void)
{
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, start, NULL);
}

static void set_limits(HeifContext *context)
{
    heif_context_set_maximum_image_size_limit(context, LEUKO_IMAGE_MAX_SIDE);
    heif_context_set_max_decoding_threads(context, 0); /* in this thread */
#if LIBHEIF_NUMERIC_VERSION >= 0x01130000
    struct heif_security_limits *limits = heif_context_get_security_limits(context);
    limits->max_image_size_pixels = LEUKO_IMAGE_MAX_PIXELS;
#if LIBHEIF_NUMERIC_VERSION >= 0x01140000
    if (limits->version >= 2)
        limits->max_total_memory = image_memory_limit();
#endif
#endif
}

/* The decoder of HEIC or AVIF belongs to the installation, not to the file. */
static gboolean has_decoder(const ImageFile *file, GError **error)
{
    gboolean is_avif = strcmp(file->format, "avif") == 0;
    if (heif_have_decoder_for_format(is_avif ? heif_compression_AV1 : heif_compression_HEVC))
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: %s image: libheif has no decoder for it on this machine; install the package "
                "%s",
                file->name, is_avif ? "AVIF" : "HEIC",
                is_avif ? "libheif-plugin-dav1d" : "libheif-plugin-libde265");
    return FALSE;
}

/* Always FALSE: the error of libheif as one of ours. */
static gboolean take_error(const ImageFile *file, struct heif_error why, GError **error)
{
    g_autofree gchar *reason = g_strdup(why.message ? why.message : "no reason given");
    g_strstrip(g_strdelimit(reason, "\n\r", ' '));
    if (why.subcode == heif_suberror_Security_limit_exceeded)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: too large: %s", file->name,
                    reason);
    else if (why.code == heif_error_Memory_allocation_error)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory to decode it: %s",
                    file->name, reason);
    else if (why.code == heif_error_Unsupported_feature ||
             why.code == heif_error_Unsupported_filetype)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: libheif %s cannot read it: %s", file->name, heif_get_version(), reason);
    else
        image_set_broken(file, reason, error);
    return FALSE;
}

/* The size as stored and as shown must be within the limits before pixels are decoded. */
static gboolean check_sizes(const HeifHandle *handle, const ImageFile *file, GError **error)
{
    int stored_width = heif_image_handle_get_ispe_width(handle);
    int stored_height = heif_image_handle_get_ispe_height(handle);
    int width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
    return image_check_size(file, (guint64)MAX(stored_width, 0), (guint64)MAX(stored_height, 0),
                            error) &&
           image_check_size(file, (guint64)MAX(width, 0), (guint64)MAX(height, 0), error);
}

/* For the stored pixels and those that are shown, which may be a part of them. */
static gboolean take_memory(const HeifHandle *handle, ImageFile *file, GError **error)
{
    guint64 width = (guint64)heif_image_handle_get_ispe_width(handle);
    guint64 height = (guint64)heif_image_handle_get_ispe_height(handle);
    guint64 of_pixel = strcmp(file->format, "avif") == 0 ? 18 : 12;
    if (heif_image_handle_get_luma_bits_per_pixel(handle) > 8)
        of_pixel *= 2;
    return image_memory_take(file, (guint)width, (guint)height, width * height * of_pixel, error);
}

/* space: heif_colorspace_RGB, or heif_colorspace_undefined for the planes as libheif has them. */
static gboolean decode_pixels(const HeifHandle *handle, enum heif_colorspace space, HeifImage **out,
                              const ImageFile *file, GError **error)
{
    g_autoptr(HeifOptions) options = heif_decoding_options_alloc();
    gboolean is_rgb = space == heif_colorspace_RGB;
    enum heif_chroma interleaved = heif_image_handle_has_alpha_channel(handle)
                                       ? heif_chroma_interleaved_RGBA
                                       : heif_chroma_interleaved_RGB;
    options->convert_hdr_to_8bit = is_rgb ? 1 : 0;
    options->strict_decoding = 1; /* missing pixels are an error */
    if (strcmp(file->format, "avif") == 0)
        options->decoder_id = avif_decoder();
#if LIBHEIF_NUMERIC_VERSION >= 0x01170000
    if (options->version >= 10) /* the stored colors, as older versions give them */
        options->output_image_nclx_profile_passthrough = 1;
#endif
    struct heif_error e = heif_decode_image(handle, out, space,
                                            is_rgb ? interleaved : heif_chroma_undefined, options);
    return e.code == heif_error_Ok || take_error(file, e, error);
}

static void put_row(const guint8 *from, guint n_channels, gboolean is_premultiplied,
                    const HeifGray *gray, guint y, LeukoImage *image)
{
    guint8 *rgb = image->pixels + y * image->row_bytes;
    if (n_channels == LEUKO_CHANNELS && !gray->plane) {
        memcpy(rgb, from, image->row_bytes);
        return;
    }
    for (guint x = 0; x < image->width; x++, from += n_channels, rgb += LEUKO_CHANNELS)
        for (guint c = 0; c < LEUKO_CHANNELS; c++) {
            guint value = gray->plane ? image_heif_gray_at(gray, x, y) : from[c];
            guint alpha = n_channels == 4 ? from[3] : 255;
            rgb[c] = is_premultiplied ? (guint8)MIN(255, value + 255 - alpha)
                                      : image_on_white(value, alpha);
        }
}

/* rgb: interleaved RGB or RGBA. stored: the same image as planes, or NULL. */
static LeukoImage *take_pixels(const HeifHandle *handle, const HeifImage *rgb,
                               const HeifImage *stored, const ImageFile *file, GError **error)
{
    int row_bytes = 0;
    const guint8 *row = heif_image_get_plane_readonly(rgb, heif_channel_interleaved, &row_bytes);
    guint n_channels = heif_image_get_chroma_format(rgb) == heif_chroma_interleaved_RGBA ? 4 : 3;
    int width = heif_image_handle_get_width(handle);
    int height = heif_image_handle_get_height(handle);
    if (!row || heif_image_get_width(rgb, heif_channel_interleaved) != width ||
        heif_image_get_height(rgb, heif_channel_interleaved) != height) {
        image_set_broken(file, "its pixels are not as many as it states", error);
        return NULL;
    }
    HeifGray gray = {.plane = NULL};
    if (stored)
        gray = image_heif_gray(stored, width, height);
    LeukoImage *image = leuko_image_new((guint)width, (guint)height, error);
    for (guint y = 0; image && y < image->height; y++, row += row_bytes)
        put_row(row, n_channels, heif_image_handle_is_premultiplied_alpha(handle), &gray, y, image);
    return image;
}

static LeukoImage *decode(const HeifHandle *handle, const ImageFile *file, GError **error)
{
    g_autoptr(HeifImage) rgb = NULL;
    g_autoptr(HeifImage) stored = NULL;
    if (!decode_pixels(handle, heif_colorspace_RGB, &rgb, file, error))
        return NULL;
    guint n_channels = heif_image_handle_has_alpha_channel(handle) ? 4 : 3;
    if (strcmp(file->format, "avif") == 0 && image_heif_is_colorless(rgb, n_channels) &&
        !decode_pixels(handle, heif_colorspace_undefined, &stored, file, error))
        return NULL;
    return take_pixels(handle, rgb, stored, file, error);
}

/* An ICC profile, or else numbers. */
static void note_colors(const HeifHandle *handle, ImageFile *file)
{
    gsize n_profile = heif_image_handle_get_raw_color_profile_size(handle);
    g_autofree guint8 *profile = n_profile > 0 ? g_try_malloc(n_profile) : NULL;
    struct heif_color_profile_nclx *numbers = NULL;
    if (profile && heif_image_handle_get_raw_color_profile(handle, profile).code == heif_error_Ok)
        image_icc_note(file, profile, n_profile);
    else if (heif_image_handle_get_nclx_color_profile(handle, &numbers).code == heif_error_Ok)
        image_icc_note_numbers(file, numbers->color_primaries, numbers->transfer_characteristics);
    heif_nclx_color_profile_free(numbers);
}

static void note_extras(HeifContext *context, const HeifHandle *handle, ImageFile *file)
{
    int n_images = heif_context_get_number_of_top_level_images(context);
    if (n_images > 1)
        image_note(file->notes.pages, "images not used: %d of %d", n_images - 1, n_images);
    image_note_frames(file, image_heif_n_frames(file->bytes, file->n_bytes));
    int bits = heif_image_handle_get_luma_bits_per_pixel(handle);
    if (bits > 8)
        image_note(file->notes.samples, "%d-bit samples", bits);
    note_colors(handle, file);
}

/* libde265 prints a line for parameters that break the standard; libheif then reports an error. */
static gboolean check_parameters(const ImageFile *file, GError **error)
{
    g_autofree gchar *fault = image_heif_parameter_fault(file->bytes, file->n_bytes);
    g_autofree gchar *text = fault ? g_strconcat("not HEVC: ", fault, NULL) : NULL;
    if (text)
        image_set_broken(file, text, error);
    return !text;
}

LeukoImage *image_heif_decode(ImageFile *file, GError **error)
{
    avif_decoder(); /* loads the decoders */
    if (!has_decoder(file, error))
        return NULL;
    g_autoptr(HeifContext) context = heif_context_alloc();
    g_autoptr(HeifHandle) handle = NULL;
    set_limits(context);
    struct heif_error e =
        heif_context_read_from_memory_without_copy(context, file->bytes, file->n_bytes, NULL);
    if (e.code == heif_error_Ok)
        e = heif_context_get_primary_image_handle(context, &handle);
    if (e.code != heif_error_Ok) {
        take_error(file, e, error);
        return NULL;
    }
    if (!check_sizes(handle, file, error) || !check_parameters(file, error) ||
        !take_memory(handle, file, error))
        return NULL;
    note_extras(context, handle, file);
    return decode(handle, file, error);
}
