#include "eval/explain-sheet.h"
#include "eval/explain-draw.h"
#include "image/preprocess.h"
#include <string.h>

enum {
    CELL = 200, /* side of an image in a tile */
    TEXT = 13,
    LINE = 18,
    PAD = 8,
    TILE_W = 2 * CELL + 2 + 2 * PAD,
    TILE_H = CELL + 3 * LINE + 3 * PAD,
    COLUMNS = 3,
    MARGIN = 14,
    TITLE = 22,
    TITLE_LINE = 32,
    BAR_W = 160,
    BAR_H = 14,
    HEAD = MARGIN + TITLE_LINE + 2 * LINE + PAD,
};
static const ImageColor paper = {255, 255, 255}, frame = {236, 238, 241}, ink = {20, 20, 20},
                        pale = {95, 95, 95}, wrong = {176, 0, 32};

/* The image in a square of CELL pixels, with its proportions. */
static LeukoImage *scaled(const LeukoImage *image, GError **error)
{
    guint longer = MAX(image->width, image->height);
    guint w = MAX(1, (guint)((guint64)image->width * CELL / longer));
    guint h = MAX(1, (guint)((guint64)image->height * CELL / longer));
    return leuko_image_resize(image, w, h, error);
}

static gboolean write_line(LeukoImage *tile, guint line, const char *text, gboolean is_bold,
                           ImageColor color, GError **error)
{
    const ImageTextStyle style = {
        PAD, (gint)(CELL + 2 * PAD + line * LINE), TEXT, TILE_W - 2 * PAD, is_bold, -1, color};
    return image_text_draw(tile, text, &style, error);
}

static gboolean write_lines(LeukoImage *tile, const LeukoExplanation *x, const char *truth,
                            GError **error)
{
    const char *answer = leuko_answer_class(x->answer);
    gboolean is_wrong = truth && strcmp(truth, answer) != 0;
    g_autofree gchar *name = g_path_get_basename(x->answer->file);
    g_autofree gchar *first =
        g_strdup_printf("answer %s, probability %.3f", answer, x->answer->confidence);
    g_autofree gchar *second =
        truth ? g_strdup_printf("truth %s", truth) : g_strdup("truth unknown");
    return write_line(tile, 0, first, TRUE, ink, error) &&
           write_line(tile, 1, second, FALSE, is_wrong ? wrong : ink, error) &&
           write_line(tile, 2, name, FALSE, pale, error);
}

LeukoImage *explain_tile(const LeukoExplanation *x, const LeukoImage *image, const char *truth,
                         double alpha, GError **error)
{
    g_autoptr(LeukoImage) left = scaled(image, error);
    g_autoptr(LeukoImage) right = left ? leuko_explanation_overlay(x, left, alpha, error) : NULL;
    g_autoptr(LeukoImage) tile = right ? leuko_image_new(TILE_W, TILE_H, error) : NULL;
    if (!tile)
        return NULL;
    image_fill(tile, 0, 0, TILE_W, TILE_H, frame);
    guint x0 = PAD + (CELL - left->width) / 2, y0 = PAD + (CELL - left->height) / 2;
    image_paste(tile, x0, y0, left);
    image_paste(tile, x0 + CELL + 2, y0, right);
    return write_lines(tile, x, truth, error) ? g_steal_pointer(&tile) : NULL;
}

static gboolean write_head(LeukoImage *page, const char *title, const char *note, GError **error)
{
    guint width = page->width - 2 * MARGIN;
    const ImageTextStyle styles[] = {
        {MARGIN, MARGIN, TITLE, width, TRUE, -1, ink},
        {MARGIN, MARGIN + TITLE_LINE, TEXT, width, FALSE, -1, pale},
        {MARGIN, MARGIN + TITLE_LINE + LINE, TEXT, 0, FALSE, -1, pale},
        {MARGIN + 2 * BAR_W + PAD, MARGIN + TITLE_LINE + LINE, TEXT, 0, FALSE, -1, pale}};
    const char *texts[] = {title, note, "against the answer",
                           "for it; each map has its own "
                           "scale"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        if (!image_text_draw(page, texts[i], &styles[i], error))
            return FALSE;
    explain_draw_bar(page, MARGIN + BAR_W, MARGIN + TITLE_LINE + LINE, BAR_W, BAR_H, 1);
    return TRUE;
}

LeukoImage *explain_sheet(const GPtrArray *tiles, const char *title, const char *note,
                          GError **error)
{
    guint n_rows = MAX(1, (tiles->len + COLUMNS - 1) / COLUMNS);
    guint width = 2 * MARGIN + COLUMNS * TILE_W + (COLUMNS - 1) * PAD;
    guint height = HEAD + n_rows * (TILE_H + PAD) + MARGIN + LINE;
    g_autoptr(LeukoImage) page = leuko_image_new(width, height, error);
    if (!page)
        return NULL;
    image_fill(page, 0, 0, width, height, paper);
    if (!write_head(page, title, note, error))
        return NULL;
    for (guint i = 0; i < tiles->len; i++)
        image_paste(page, MARGIN + i % COLUMNS * (TILE_W + PAD),
                    HEAD + i / COLUMNS * (TILE_H + PAD), tiles->pdata[i]);
    const ImageTextStyle none = {MARGIN, HEAD, TEXT, 0, FALSE, -1, ink};
    const ImageTextStyle end = {MARGIN, (gint)(height - MARGIN - LINE / 2), TEXT, 0, FALSE, -1,
                                pale};
    if ((tiles->len == 0 && !image_text_draw(page, "none", &none, error)) ||
        !image_text_draw(page, LEUKO_RESEARCH_ONLY, &end, error))
        return NULL;
    return g_steal_pointer(&page);
}
