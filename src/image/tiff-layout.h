/* image/tiff-layout.h: how the samples of a TIFF page lie, and which kinds are read.
 *
 *   gray, black or white zero   1 to 16 and 32 bits unsigned; 16, 32, 64 bits floating-point
 *   palette                     1 to 8 bits
 *   RGB                         as gray
 *   YCbCr                       8 bits
 *   CMYK                        8, 16 bits (image/cmyk.h)
 *
 * Gray and RGB may have an alpha channel. It is used where the file calls it alpha (ExtraSamples 1
 * or 2); a fourth channel of another meaning is ignored, and noted. All other kinds are refused by
 * name, but Lab and old-style JPEG are left to libvips.
 */
#pragma once
#include "image/decoder.h"
#include <tiffio.h>

typedef enum { TIFF_ALPHA_NONE, TIFF_ALPHA_STRAIGHT, TIFF_ALPHA_PREMULTIPLIED } TiffAlpha;

/* How samples become 8 bits. */
typedef struct {
    guint shift;  /* of integers: the upper 8 of the bits in use */
    double white; /* of floating-point samples: becomes 255 */
} TiffScale;

typedef struct {
    guint32 width, height;
    guint16 bits, n_samples, photometric, planar, compression;
    gboolean is_float;
    guint n_colors;                     /* 1, 3, or 4 inks */
    TiffAlpha alpha;                    /* of sample n_colors */
    double stated;                      /* the largest value that the file states; 0: none */
    TiffScale color_scale, alpha_scale; /* set by tiff.c, which knows the values */
    guint8 palette[256][LEUKO_CHANNELS];
} TiffLayout;

/* Read and check the fields of the current page. FALSE with an error, or without one where
 * file->other_kind is set. Adds to the notes of `file` and sets its orientation. */
gboolean image_tiff_layout(TIFF *tiff, TiffLayout *layout, ImageFile *file, GError **error);

/* Sample `i` of a row: a color's index, an integer, or a floating-point number. */
guint32 image_tiff_integer(const TiffLayout *layout, const guint8 *row, gsize i);
double image_tiff_float(const TiffLayout *layout, const guint8 *row, gsize i);
