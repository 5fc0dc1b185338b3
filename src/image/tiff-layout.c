#include "image/tiff-layout.h"
#include "image/icc.h"
#include "image/sample-depth.h"
#include "leuko/error.h"
#include <string.h>

/* The 16-bit colors of the file as 8 bits. Some old files hold 8-bit numbers there. */
static gboolean read_palette(TIFF *tiff, TiffLayout *layout)
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

/* The number of bits in the XML of OME-TIFF: SignificantBits="12". */
static double read_significant_bits(TIFF *tiff)
{
    static const char key[] = "SignificantBits=\"";
    const char *text = NULL;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text) || !text ||
        !(text = strstr(text, key)))
        return 0;
    guint64 n_bits = g_ascii_strtoull(text + sizeof key - 1, NULL, 10);
    return n_bits >= 1 && n_bits <= 32 ? (double)((G_GUINT64_CONSTANT(1) << n_bits) - 1) : 0;
}

static double read_stated_highest(TIFF *tiff)
{
    guint16 highest = 0;
    double smax = 0;
    if (TIFFGetField(tiff, TIFFTAG_MAXSAMPLEVALUE, &highest) && highest > 0)
        return highest;
    if (TIFFGetField(tiff, TIFFTAG_SMAXSAMPLEVALUE, &smax) && smax > 0)
        return smax;
    return read_significant_bits(tiff);
}

/* The kind of samples that is not read, or NULL. */
static gchar *name_bad_samples(TIFF *tiff, TiffLayout *layout)
{
    guint16 format = SAMPLEFORMAT_UINT;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    guint bits = layout->bits;
    switch (format) {
    case SAMPLEFORMAT_UINT:
    case SAMPLEFORMAT_VOID:
        return (bits >= 1 && bits <= 16) || bits == 32
                   ? NULL
                   : g_strdup_printf("unsigned %u-bit integer samples", bits);
    case SAMPLEFORMAT_IEEEFP:
        layout->is_float = TRUE;
        return bits == 16 || bits == 32 || bits == 64
                   ? NULL
                   : g_strdup_printf("%u-bit floating-point samples", bits);
    case SAMPLEFORMAT_INT:
        return g_strdup_printf("signed %u-bit integer samples", bits);
    case SAMPLEFORMAT_COMPLEXINT:
    case SAMPLEFORMAT_COMPLEXIEEEFP:
        return g_strdup_printf("%u-bit complex samples", bits);
    default:
        return g_strdup_printf("samples of the unknown format %u", format);
    }
}

/* The unknown compression, or NULL. */
static gchar *name_bad_compression(const TiffLayout *layout)
{
    enum { JPEG_2000_FIRST = 33003, JPEG_2000_LAST = 33005, JPEG_2000 = 34712 };
    guint16 c = layout->compression;
    if (TIFFIsCODECConfigured(c) || c == COMPRESSION_OJPEG)
        return NULL;
    gboolean is_j2k = (c >= JPEG_2000_FIRST && c <= JPEG_2000_LAST) || c == JPEG_2000;
    return g_strdup_printf("compression %u%s", c, is_j2k ? " (JPEG 2000)" : "");
}

static gchar *name_channels(guint n)
{
    static const char *const words[] = {"no",   "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};
    return n < G_N_ELEMENTS(words)
               ? g_strdup_printf("%s %s", words[n], n == 1 ? "channel" : "channels")
               : g_strdup_printf("more than nine channels (%u)", n);
}

/* The channels that are not read, or NULL. Sets alpha. */
static gchar *name_bad_channels(TIFF *tiff, TiffLayout *layout, ImageFile *file)
{
    guint16 n_extra = 0, *extra = NULL;
    guint n = layout->n_samples;
    if (n == layout->n_colors)
        return NULL;
    g_autofree gchar *channels = name_channels(n);
    if (n < layout->n_colors || n > layout->n_colors + 1)
        return g_strdup_printf("%s (%u of them %s)", channels, layout->n_colors,
                               layout->n_colors == 1 ? "gray" : "color");
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &n_extra, &extra);
    if (n_extra > 0 && extra[0] == EXTRASAMPLE_ASSOCALPHA)
        layout->alpha = TIFF_ALPHA_PREMULTIPLIED;
    else if (n_extra > 0 && extra[0] == EXTRASAMPLE_UNASSALPHA)
        layout->alpha = TIFF_ALPHA_STRAIGHT;
    else if (layout->n_colors == 1)
        return g_strdup("two channels, of which neither is alpha");
    else
        image_note(file->notes.samples, "a fourth channel that is not alpha is ignored");
    return NULL;
}

/* The kind that is not read here, or NULL. */
static gchar *name_bad_kind(TIFF *tiff, TiffLayout *layout, ImageFile *file)
{
    gchar *bad = name_bad_samples(tiff, layout);
    if (!bad)
        bad = name_bad_compression(layout);
    if (bad)
        return bad;
    gboolean is_byte = layout->bits == 8 && !layout->is_float;
    guint16 ink_set = INKSET_CMYK;
    switch (layout->photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_RGB:
        return name_bad_channels(tiff, layout, file);
    case PHOTOMETRIC_YCBCR:
        return is_byte ? name_bad_channels(tiff, layout, file)
                       : g_strdup("YCbCr with other than 8 bits");
    case PHOTOMETRIC_PALETTE:
        return layout->n_samples == 1 && layout->bits <= 8 && !layout->is_float
                   ? NULL
                   : g_strdup("a palette and alpha, or more than 8 bits");
    case PHOTOMETRIC_SEPARATED:
        TIFFGetFieldDefaulted(tiff, TIFFTAG_INKSET, &ink_set);
        return layout->n_samples == 4 && ink_set == INKSET_CMYK && !layout->is_float &&
                       (layout->bits == 8 || layout->bits == 16)
                   ? NULL
                   : g_strdup("inks other than C, M, Y and K in 8 or 16 bits");
    default:
        return g_strdup_printf("the unknown color space %u", layout->photometric);
    }
}

/* A kind that libvips converts, or NULL. */
static const char *find_other_kind(const TiffLayout *layout)
{
    if (layout->n_samples > 4)
        return NULL;
    if (layout->photometric == PHOTOMETRIC_CIELAB && layout->n_samples >= LEUKO_CHANNELS)
        return "Lab";
    return layout->compression == COMPRESSION_OJPEG ? "old-style JPEG compression" : NULL;
}

static void note_kind(const TiffLayout *layout, ImageFile *file)
{
    if (layout->photometric == PHOTOMETRIC_PALETTE)
        image_note(file->notes.samples, IMAGE_PALETTE);
    else if (layout->bits < 8)
        image_note(file->notes.samples, "%u-bit samples", layout->bits);
}

gboolean image_tiff_layout(TIFF *tiff, TiffLayout *layout, ImageFile *file, GError **error)
{
    guint16 orientation = 0;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout->width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout->height);
    if (!image_check_size(file, layout->width, layout->height, error))
        return FALSE;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->n_samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout->compression);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric))
        layout->photometric = layout->n_samples < 3 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB;
    layout->n_colors =
        layout->photometric == PHOTOMETRIC_RGB || layout->photometric == PHOTOMETRIC_YCBCR
            ? LEUKO_CHANNELS
        : layout->photometric == PHOTOMETRIC_SEPARATED ? 4
                                                       : 1;
    if ((file->other_kind = find_other_kind(layout)))
        return FALSE;
    g_autofree gchar *bad = name_bad_kind(tiff, layout, file);
    if (bad)
        return image_set_unsupported(file, bad, error);
    layout->stated = read_stated_highest(tiff);
    if (TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation) && orientation <= 8)
        file->orientation = orientation;
    if (layout->photometric == PHOTOMETRIC_PALETTE && !read_palette(tiff, layout))
        return image_set_broken(file, "a palette image without a palette", error);
    note_kind(layout, file);
    guint32 n_profile = 0;
    const guint8 *profile = NULL;
    if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &n_profile, &profile) && profile)
        image_icc_note(file, profile, n_profile);
    return TRUE;
}

guint32 image_tiff_integer(const TiffLayout *layout, const guint8 *row, gsize i)
{
    guint bits = layout->bits;
    if (bits == 8)
        return row[i];
    if (bits == 16)
        return ((const guint16 *)(gconstpointer)row)[i];
    if (bits == 32)
        return ((const guint32 *)(gconstpointer)row)[i];
    gsize first = i * bits, last = first + bits - 1;
    guint32 value = 0;
    for (gsize byte = first / 8; byte <= last / 8; byte++)
        value = value << 8 | row[byte];
    return value >> (7 - last % 8) & ((1u << bits) - 1);
}

double image_tiff_float(const TiffLayout *layout, const guint8 *row, gsize i)
{
    if (layout->bits == 64)
        return ((const double *)(gconstpointer)row)[i];
    if (layout->bits == 32)
        return ((const float *)(gconstpointer)row)[i];
    return image_half_to_double(((const guint16 *)(gconstpointer)row)[i]);
}
