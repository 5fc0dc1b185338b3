#include "image/text.h"
#include "base/error.h"
#include "image/vips.h"
#include <string.h>

enum { MAX_CHARACTERS = 300, LEAST_CHARACTERS = 6 };

void image_fill(LeukoImage *image, gint x, gint y, guint width, guint height, ImageColor color)
{
    gint x1 = MIN(x + (gint)width, (gint)image->width),
         y1 = MIN(y + (gint)height, (gint)image->height);
    for (gint row = MAX(y, 0); row < y1; row++)
        for (gint column = MAX(x, 0); column < x1; column++)
            memcpy(image->pixels + (gsize)row * image->row_bytes + column * LEUKO_CHANNELS, &color,
                   sizeof color);
}

void image_paste(LeukoImage *image, guint x, guint y, const LeukoImage *from)
{
    g_assert(x + from->width <= image->width && y + from->height <= image->height);
    for (guint row = 0; row < from->height; row++)
        memcpy(image->pixels + (y + row) * image->row_bytes + (gsize)x * LEUKO_CHANNELS,
               from->pixels + row * from->row_bytes, (gsize)from->width * LEUKO_CHANNELS);
}

/* The first and the last characters, n in all, with an ellipsis between them. */
static gchar *cut_middle(const char *text, glong n)
{
    glong length = g_utf8_strlen(text, -1);
    if (length <= n)
        return g_strdup(text);
    g_autofree gchar *head = g_utf8_substring(text, 0, n / 2);
    g_autofree gchar *tail = g_utf8_substring(text, length - (n - n / 2 - 1), length);
    return g_strdup_printf("%s…%s", head, tail);
}

static void blend(LeukoImage *image, gint x, gint y, const ImageText *text, ImageColor color)
{
    const guint8 ink[LEUKO_CHANNELS] = {color.r, color.g, color.b};
    for (gint row = MAX(0, -y); row < (gint)text->height && y + row < (gint)image->height; row++)
        for (gint c = MAX(0, -x); c < (gint)text->width && x + c < (gint)image->width; c++) {
            guint8 *p =
                image->pixels + (gsize)(y + row) * image->row_bytes + (x + c) * LEUKO_CHANNELS;
            guint cover = text->cover[(gsize)row * text->width + (gsize)c];
            for (guint k = 0; k < LEUKO_CHANNELS; k++)
                p[k] = (guint8)((p[k] * (255 - cover) + ink[k] * cover + 127) / 255);
        }
}

gboolean image_text_draw(LeukoImage *image, const char *text, const ImageTextStyle *style,
                         GError **error)
{
    g_autofree gchar *shown = leuko_one_line(text);
    glong n = MIN(g_utf8_strlen(shown, -1), MAX_CHARACTERS);
    for (;;) {
        g_autofree gchar *cut = cut_middle(shown, n);
        g_auto(ImageText) drawn = {0};
        if (!image_vips_text(cut, style->size_px, style->is_bold, &drawn, error))
            return FALSE;
        if (style->width_px && drawn.width > style->width_px && n > LEAST_CHARACTERS) {
            glong fits = n * (glong)style->width_px / (glong)drawn.width;
            n = MAX(MIN(fits, n - 1), LEAST_CHARACTERS);
            continue;
        }
        gint width = (gint)drawn.width;
        gint x = style->x - (style->align < 0 ? 0 : style->align > 0 ? width : width / 2);
        blend(image, x, style->y + drawn.top, &drawn, style->color);
        return TRUE;
    }
}
