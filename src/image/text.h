/* image/text.h: text and rectangles on an image.
 *
 * libvips draws text with Pango, in any script that an installed font has. Names of files are shown
 * as everywhere (base/error.h: leuko_one_line()).
 * Threads: one thread at a time per image.
 */
#pragma once
#include "leuko/image.h"

typedef struct {
    guint8 r, g, b;
} ImageColor;

/* Fill a rectangle; what lies outside the image is ignored. */
void image_fill(LeukoImage *image, gint x, gint y, guint width, guint height, ImageColor color);
/* Copy `from` to (x, y); it must fit. */
void image_paste(LeukoImage *image, guint x, guint y, const LeukoImage *from);

typedef struct {
    gint x, y;      /* left end of the text and its top */
    guint size_px;  /* height of a line */
    guint width_px; /* a longer text is cut in its middle; 0: no limit */
    gboolean is_bold;
    gint align; /* x is: -1 its left end, 0 its center, 1 its right end */
    ImageColor color;
} ImageTextStyle;

/* Draw one line of text. Errors: LEUKO_ERROR_UNSUPPORTED (libvips cannot draw text);
 * LEUKO_ERROR_MEMORY. */
gboolean image_text_draw(LeukoImage *image, const char *text, const ImageTextStyle *style,
                         GError **error);
