/* BMP of Windows and OS/2. Layout of a file, all numbers little-endian:
 *
 *   0   "BM", u32 size, u32 reserved, u32 offset of the pixels
 *   14  u32 size of this header: 12 (OS/2 1), 40, 52, 56, 64 (OS/2 2), 108 or 124
 *       12:   u16 width, u16 height, u16 planes, u16 bits
 *       else: i32 width, i32 height (negative: rows from the top), u16 planes, u16 bits,
 *             u32 compression, u32 size, i32, i32 resolution, u32 number of colors, u32;
 *             from 52 on the masks of red, green and blue, from 56 on of alpha
 *   then, with header 40 and bit fields, three masks (four with compression 6)
 *   then the palette, B G R with header 12, else B G R 0; then the pixels, in rows of whole u32
 *
 * Source: Microsoft, "Bitmap Storage" and the structures BITMAPCOREHEADER to BITMAPV5HEADER. */
#include "base/bytes.h"
#include "image/decoder.h"
#include "image/icc.h"
#include "image/working-memory.h"
#include <string.h>

enum { RGB = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3, ALPHA_BITFIELDS = 6 };
enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40, N_MASKS = 4, ALPHA = 3 };

static const char ends_early[] = "the file ends before its last pixel";

typedef struct {
    guint32 mask;
    guint shift, n_bits;
} Field;

typedef struct {
    guint width, height, bits;
    guint32 compression;
    gboolean is_from_top;
    Field fields[N_MASKS];               /* red, green, blue, alpha; from 16 bits on */
    guint8 palette[256][LEUKO_CHANNELS]; /* R, G, B; black where the file has none */
    const guint8 *pixels;
    gsize n_bytes;           /* from `pixels` to the end of the file */
    gboolean is_transparent; /* a pixel that was read has an alpha below 255 */
} Bitmap;

static guint32 get_le(const guint8 *p, guint n_bytes) { return leuko_uint_at(p, n_bytes, FALSE); }

static void set_mask(Field *field, guint32 mask)
{
    *field = (Field){.mask = mask};
    if (mask == 0)
        return;
    field->shift = (guint)g_bit_nth_lsf(mask, -1);
    field->n_bits = (guint)g_bit_nth_msf(mask, -1) + 1 - field->shift;
}

/* A color as 8 bits: the upper 8 of more, or the bits of fewer repeated. */
static guint8 get_field(const Field *field, guint32 pixel)
{
    guint32 value = (pixel & field->mask) >> field->shift;
    guint n_bits = field->n_bits;
    if (n_bits >= 8)
        return (guint8)(value >> (n_bits - 8));
    if (n_bits == 0)
        return 0;
    value <<= 8 - n_bits;
    for (guint have = n_bits; have < 8; have *= 2)
        value |= value >> have;
    return (guint8)value;
}

/* The size, depth and compression; NULL, or what is wrong with them. */
static const char *read_shape(const guint8 *header, guint32 header_bytes, Bitmap *bitmap)
{
    gint64 width, height;
    if (header_bytes == CORE_HEADER) {
        width = get_le(header + 4, 2);
        height = get_le(header + 6, 2);
        bitmap->bits = get_le(header + 10, 2);
    } else {
        width = (gint32)get_le(header + 4, 4);
        height = (gint32)get_le(header + 8, 4);
        bitmap->bits = get_le(header + 14, 2);
        bitmap->compression = get_le(header + 16, 4);
    }
    if (width <= 0 || height == 0)
        return "a width or height that is not possible";
    bitmap->is_from_top = height < 0;
    bitmap->width = (guint)width;
    bitmap->height = (guint)ABS(height);

    guint bits = bitmap->bits;
    switch (bitmap->compression) {
    case RGB:
        if (bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32)
            return NULL;
        return "a number of bits per pixel other than 1, 4, 8, 16, 24 and 32";
    case RLE8:
    case RLE4:
        if (bits != (bitmap->compression == RLE8 ? 8 : 4))
            return "a compression that does not go with the number of bits per pixel";
        return bitmap->is_from_top ? "run lengths in rows from the top" : NULL;
    case BITFIELDS:
    case ALPHA_BITFIELDS:
        return bits == 16 || bits == 32 ? NULL : "bit fields in other than 16 or 32 bits";
    default:
        return "an unknown compression";
    }
}

/* NULL, or what is wrong with the masks of the colors. */
static const char *check_masks(const Bitmap *bitmap)
{
    guint32 all = 0;
    for (guint i = 0; i < N_MASKS; i++) {
        const Field *field = &bitmap->fields[i];
        if (field->mask >> field->shift != (1ull << field->n_bits) - 1)
            return "a bit field with gaps";
        all |= i < ALPHA ? field->mask : 0;
    }
    return all ? NULL : "bit fields without colors";
}

/* Set the masks. Returns the number of bytes between the header and the palette. */
static gsize read_masks(const guint8 *header, guint32 header_bytes, gsize n_left, Bitmap *bitmap)
{
    guint32 compression = bitmap->compression;
    if (compression != BITFIELDS && compression != ALPHA_BITFIELDS) {
        static const guint32 of_16[] = {0x7c00, 0x3e0, 0x1f}, of_32[] = {0xff0000, 0xff00, 0xff};
        for (guint i = 0; i < LEUKO_CHANNELS; i++)
            set_mask(&bitmap->fields[i], bitmap->bits == 16 ? of_16[i] : of_32[i]);
        return 0;
    }
    guint n = compression == ALPHA_BITFIELDS || header_bytes >= 56 ? N_MASKS : LEUKO_CHANNELS;
    gboolean is_behind = header_bytes == INFO_HEADER; /* else they are a part of the header */
    for (guint i = 0; i < n && n_left >= INFO_HEADER + 4 * (i + 1); i++)
        set_mask(&bitmap->fields[i], get_le(header + INFO_HEADER + 4 * i, 4));
    return is_behind ? 4 * n : 0;
}

/* NULL, or what is wrong. `used`: bytes of the palette. */
static const char *read_palette(const guint8 *header, guint32 header_bytes, const guint8 *palette,
                                gsize n_left, Bitmap *bitmap, gsize *used)
{
    guint entry_bytes = header_bytes == CORE_HEADER ? 3 : 4;
    guint32 n_colors = header_bytes == CORE_HEADER ? 0 : get_le(header + 32, 4);
    *used = 0;
    if (bitmap->bits > 8)
        return NULL; /* a palette in such a file is advice for old screens */
    if (n_colors > 1u << bitmap->bits)
        return "a palette with more colors than a pixel can name";
    n_colors = n_colors ? n_colors : 1u << bitmap->bits;
    if (n_left < n_colors * entry_bytes)
        return "the file ends in its palette";
    for (guint i = 0; i < n_colors; i++)
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            bitmap->palette[i][c] = palette[i * entry_bytes + 2 - c];
    *used = n_colors * entry_bytes;
    return NULL;
}

/* Read all headers and find the pixels. NULL, or what is wrong. */
static const char *read_header(const ImageFile *file, Bitmap *bitmap)
{
    static const guint32 sizes[] = {CORE_HEADER, INFO_HEADER, 52, 56, 64, 108, 124};
    const guint8 *header = file->bytes + FILE_HEADER;
    guint32 offset = get_le(file->bytes + 10, 4), header_bytes = get_le(header, 4);
    gsize n_left = file->n_bytes - FILE_HEADER, n_palette = 0, i = 0;
    while (i < G_N_ELEMENTS(sizes) && sizes[i] != header_bytes)
        i++;
    if (i == G_N_ELEMENTS(sizes))
        return "a header of unknown size";
    if (n_left < header_bytes)
        return "the file ends in its header";
    const char *reason = read_shape(header, header_bytes, bitmap);
    if (reason)
        return reason;
    gsize used = header_bytes + read_masks(header, header_bytes, n_left, bitmap);
    if (n_left < used)
        return "the file ends in its header";
    if (bitmap->bits > 8 && (reason = check_masks(bitmap)))
        return reason;
    reason = read_palette(header, header_bytes, header + used, n_left - used, bitmap, &n_palette);
    if (reason)
        return reason;
    gsize start = MAX(offset, FILE_HEADER + used + n_palette); /* some offsets are 0 */
    if (start > file->n_bytes)
        return ends_early;
    bitmap->pixels = file->bytes + start;
    bitmap->n_bytes = file->n_bytes - start;
    return NULL;
}

/* 8-bit gray is written with a palette, always. */
static gboolean has_gray_palette(const Bitmap *bitmap)
{
    for (guint i = 0; i < 1u << bitmap->bits; i++)
        if (bitmap->palette[i][0] != bitmap->palette[i][1] ||
            bitmap->palette[i][0] != bitmap->palette[i][2])
            return FALSE;
    return TRUE;
}

static void note_kind(const Bitmap *bitmap, ImageFile *file)
{
    if (bitmap->bits <= 8 && !has_gray_palette(bitmap))
        image_note(file->notes.samples, IMAGE_PALETTE);
    else if (bitmap->bits < 8)
        image_note(file->notes.samples, "%u-bit samples", bitmap->bits);
    else if (bitmap->bits == 16)
        image_note(file->notes.samples, "16 bits for the three colors of a pixel");
    if (bitmap->is_transparent)
        image_note(file->notes.samples, IMAGE_TRANSPARENT);
}

/* A header of 124 bytes may state that the file holds a profile: u32 "MBED" at 56, its offset from
 * the header at 112, its size at 116. */
static void note_profile(ImageFile *file)
{
    enum { V5_HEADER = 124, KIND_AT = 56, OFFSET_AT = 112, SIZE_AT = 116, MBED = 0x4d424544 };
    const guint8 *header = file->bytes + FILE_HEADER;
    if (get_le(header, 4) != V5_HEADER || get_le(header + KIND_AT, 4) != MBED)
        return;
    gsize n_left = file->n_bytes - FILE_HEADER, at = get_le(header + OFFSET_AT, 4);
    at = MIN(at, n_left);
    image_icc_note(file, header + at, MIN(get_le(header + SIZE_AT, 4), n_left - at));
}

static guint8 *row_of(const LeukoImage *image, const Bitmap *bitmap, guint y)
{
    return image->pixels + (bitmap->is_from_top ? y : image->height - 1 - y) * image->row_bytes;
}

static guint32 get_pixel(const Bitmap *bitmap, const guint8 *row, gsize x)
{
    guint bits = bitmap->bits;
    if (bits >= 8)
        return get_le(row + x * (bits / 8), bits / 8);
    return image_sub_byte(row, x, bits);
}

/* TRUE if a pixel's alpha is not 0. Files whose alpha is 0 everywhere do not mean it. */
static gboolean has_alpha(const Bitmap *bitmap, gsize row_bytes)
{
    guint32 mask = bitmap->fields[ALPHA].mask;
    if (bitmap->bits < 16 || mask == 0)
        return FALSE;
    for (guint y = 0; y < bitmap->height; y++)
        for (guint x = 0; x < bitmap->width; x++)
            if (get_pixel(bitmap, bitmap->pixels + y * row_bytes, x) & mask)
                return TRUE;
    return FALSE;
}

static void put_row(Bitmap *bitmap, const guint8 *row, gboolean with_alpha, guint8 *out)
{
    for (guint x = 0; bitmap->bits == 24 && x < bitmap->width; x++, row += 3, out += 3) {
        out[0] = row[2];
        out[1] = row[1];
        out[2] = row[0];
    }
    if (bitmap->bits == 24)
        return;
    for (guint x = 0; x < bitmap->width; x++, out += LEUKO_CHANNELS) {
        guint32 pixel = get_pixel(bitmap, row, x);
        if (bitmap->bits <= 8) {
            memcpy(out, bitmap->palette[pixel], LEUKO_CHANNELS);
            continue;
        }
        guint alpha = with_alpha ? get_field(&bitmap->fields[ALPHA], pixel) : 255;
        guint white = 255 * (255 - alpha) + 127;
        bitmap->is_transparent |= alpha < 255;
        for (guint c = 0; c < LEUKO_CHANNELS; c++)
            out[c] = (guint8)((get_field(&bitmap->fields[c], pixel) * alpha + white) / 255);
    }
}

static gsize row_bytes_of(const Bitmap *bitmap)
{
    return ((gsize)bitmap->width * bitmap->bits + 31) / 32 * 4;
}

/* The file must hold all rows. */
static gboolean read_rows(Bitmap *bitmap, const LeukoImage *image)
{
    gsize row_bytes = row_bytes_of(bitmap);
    gboolean with_alpha = has_alpha(bitmap, row_bytes);
    for (guint y = 0; y < bitmap->height; y++)
        put_row(bitmap, bitmap->pixels + y * row_bytes, with_alpha, row_of(image, bitmap, y));
    return TRUE;
}

/* Run lengths. Pixels that are jumped over are transparent: white. FALSE if the data end before
 * their end mark. Two bytes each: n and a value (n pixels of it), or 0 and 0 (end of the row), 1
 * (end of the image), 2 (jump by the next two bytes, right and up), n (n values follow, padded to
 * 16 bits). */
static gboolean read_runs(Bitmap *bitmap, const LeukoImage *image)
{
    gboolean is_four = bitmap->compression == RLE4;
    const guint8 *p = bitmap->pixels, *end = p + bitmap->n_bytes;
    guint64 x = 0, y = 0;
    memset(image->pixels, 255, image->row_bytes * image->height);
    while (end - p >= 2) {
        guint count = p[0], value = p[1];
        p += 2;
        if (count == 0 && value == 0) {
            x = 0;
            y++;
        } else if (count == 0 && value == 1) {
            return TRUE;
        } else if (count == 0 && value == 2) {
            if (end - p < 2)
                return FALSE;
            x += p[0];
            y += p[1];
            p += 2;
        } else {
            guint n = count ? count : value;
            gsize n_literals = count ? 0 : is_four ? (n + 1u) / 2 : n;
            if ((gsize)(end - p) < n_literals)
                return FALSE;
            for (guint i = 0; i < n; i++, x++) {
                guint both = count ? value : p[is_four ? i / 2 : i];
                guint color = !is_four ? both : i % 2 ? both & 15 : both >> 4;
                if (x < image->width && y < image->height)
                    memcpy(row_of(image, bitmap, (guint)y) + x * LEUKO_CHANNELS,
                           bitmap->palette[color], LEUKO_CHANNELS);
            }
            n_literals += n_literals % 2;
            p += MIN(n_literals, (gsize)(end - p));
        }
    }
    return FALSE;
}

LeukoImage *image_bmp_decode(ImageFile *file, GError **error)
{
    g_assert(file->n_bytes >= FILE_HEADER + 4); /* as leuko_image_sniff() demands */
    Bitmap bitmap = {0};
    const char *reason = read_header(file, &bitmap);
    if (reason) {
        image_set_broken(file, reason, error);
        return NULL;
    }
    if (!image_check_size(file, bitmap.width, bitmap.height, error))
        return NULL;
    gboolean has_runs = bitmap.compression == RLE8 || bitmap.compression == RLE4;
    if (!has_runs && row_bytes_of(&bitmap) * bitmap.height > bitmap.n_bytes) {
        image_set_broken(file, ends_early, error);
        return NULL;
    }
    g_autoptr(LeukoImage) image = image_new_for(file, bitmap.width, bitmap.height, 0, error);
    if (!image)
        return NULL;
    if ((has_runs ? read_runs : read_rows)(&bitmap, image)) {
        note_kind(&bitmap, file);
        note_profile(file);
        return g_steal_pointer(&image);
    }
    image_set_broken(file, ends_early, error);
    return NULL;
}
