/* image/decoder.h: what the decoders of single formats share.
 *
 * Each decoder takes an ImageFile and returns RGB8 or NULL. It checks the limits on the size before
 * it allocates pixels. JPEG, PNG, TIFF and BMP have a decoder of their own in every build; libvips
 * (image/vips.h, not in the edge build) reads the other formats and kinds.
 * Errors of all decoders: LEUKO_ERROR_FORMAT (broken, truncated), LEUKO_ERROR_UNSUPPORTED (beyond
 * the limits), LEUKO_ERROR_MEMORY.
 * Threads: no shared state; any number of calls at once.
 */
#pragma once
#include "leuko/image.h"

typedef struct {
    const guint8 *bytes; /* borrowed */
    gsize n_bytes;
    const char *name;       /* for messages */
    const char *format;     /* of leuko_image_sniff() */
    guint orientation;      /* out: 1 to 8 as EXIF counts, 0 where the file does not say; the
                             * decoded image is not turned yet */
    LeukoImageNotes notes;  /* out: image_note() adds to them */
    guint64 memory_bytes;   /* taken from image/working-memory.h */
    const char *other_kind; /* out: where the decoder returned NULL without an error, the kind of
                             * image that it does not read ("CMYK"); static */
} ImageFile;

LeukoImage *image_png_decode(ImageFile *file, GError **error);  /* every PNG */
LeukoImage *image_tiff_decode(ImageFile *file, GError **error); /* image/tiff.c lists the kinds */
LeukoImage *image_bmp_decode(ImageFile *file, GError **error);  /* every BMP */
LeukoImage *image_heif_decode(ImageFile *file, GError **error); /* HEIC, AVIF; or says no */
LeukoImage *image_jpeg_decode(ImageFile *file, GError **error); /* gray, YCbCr and RGB */

/* Add a phrase to a note: image_note(file->notes.color, "..."). "; " separates phrases. */
void image_note(gchar note[LEUKO_IMAGE_NOTE_BYTES], const char *format, ...) G_GNUC_PRINTF(2, 3);

#define IMAGE_TRANSPARENT "transparent pixels are shown on white"
#define IMAGE_ALPHA_ZERO  "an alpha channel of 0 everywhere is ignored"
#define IMAGE_PALETTE     "a palette instead of colors"

/* Note that integer samples of `n_bits`, more than 8, are reduced to 8, and that they use `depth`
 * of their bits. */
void image_note_depth(ImageFile *file, guint n_bits, guint depth);

/* Note that all frames of an animation but the first are not used, if there are 2 or more. */
void image_note_frames(ImageFile *file, guint64 n_frames);

/* TRUE if both sides are 1 or more and within the limits. */
gboolean image_check_size(const ImageFile *file, guint64 width, guint64 height, GError **error);

/* Set LEUKO_ERROR_FORMAT "NAME: not an image (CONTENT; ...); ADVICE". Always FALSE. */
gboolean image_set_unknown(const char *name, const guint8 *bytes, gsize n_bytes, GError **error);

/* Set LEUKO_ERROR_FORMAT "NAME: broken or truncated FORMAT: REASON". Always FALSE. */
gboolean image_set_broken(const ImageFile *file, const char *reason, GError **error);

/* Set LEUKO_ERROR_UNSUPPORTED "NAME: FORMAT with KIND is not supported; export ...". Always
 * FALSE. */
gboolean image_set_unsupported(const ImageFile *file, const char *kind, GError **error);

/* Number `i` of a row of numbers with 1, 2 or 4 bits each, the first in the upper bits. */
static inline guint image_sub_byte(const guint8 *row, gsize i, guint bits)
{
    return (guint)row[i * bits / 8] >> (8 - bits - i * bits % 8) & ((1u << bits) - 1);
}

/* One sample of a color with `alpha` of 255 on white, rounded as libvips rounds. */
static inline guint8 image_on_white(guint value, guint alpha)
{
    return (guint8)((value * alpha + 255 * (255 - alpha)) / 255);
}
