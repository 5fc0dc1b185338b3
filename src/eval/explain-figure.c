#include "eval/explain-figure.h"
#include "base/json.h"
#include "eval/explain-draw.h"
#include "image/preprocess.h"

enum {
    LEAST_SIDE = 299,
    LEAST_WIDTH = 560, /* the caption needs it */
    LARGE = 6000,      /* of a larger image, only the overlay is drawn: an image has its limits */
    GAP = 8,
    MARGIN = 12,
    LEAST_TEXT = 12,
    MOST_TEXT = 60,
};
static const ImageColor paper = {255, 255, 255}, ink = {20, 20, 20}, pale = {95, 95, 95};

typedef struct {
    LeukoImage *page;
    guint text_px, line_px, width; /* width: of the text */
    gint y;
} Caption;

static gboolean write_line(Caption *c, ImageColor color, gboolean is_bold, const char *text,
                           GError **error)
{
    ImageTextStyle style = {MARGIN, c->y, c->text_px, c->width, is_bold, -1, color};
    c->y += (gint)c->line_px;
    return image_text_draw(c->page, text, &style, error);
}

/* The bar with its three numbers below. */
static gboolean write_scale(Caption *c, const LeukoExplanation *x, double alpha, GError **error)
{
    const char *name = x->answer->classes[x->explained];
    double range = leuko_explanation_range(x);
    guint height = c->text_px;
    explain_draw_bar(c->page, MARGIN, (guint)c->y, c->width, height, alpha);
    g_autofree gchar *against = g_strdup_printf("%.2g against %s", -range, name);
    g_autofree gchar *for_it = g_strdup_printf("for %s %+.2g", name, range);
    const char *texts[] = {against, "0", for_it};
    c->y += (gint)(height + height / 3);
    for (gint i = 0; i < 3; i++) {
        ImageTextStyle style = {MARGIN + (gint)c->width * i / 2,
                                c->y,
                                c->text_px,
                                c->width * 2 / 5,
                                FALSE,
                                i - 1,
                                pale};
        if (!image_text_draw(c->page, texts[i], &style, error))
            return FALSE;
    }
    c->y += (gint)c->line_px;
    return TRUE;
}

static gboolean write_caption(Caption *c, const LeukoExplanation *x, double alpha,
                              const char *headline, const char *const *lines, GError **error)
{
    if (!write_line(c, ink, TRUE, headline, error))
        return FALSE;
    for (guint i = 0; lines[i]; i++)
        if (!write_line(c, i == 0 ? ink : pale, FALSE, lines[i], error))
            return FALSE;
    return write_scale(c, x, alpha, error) &&
           write_line(c, pale, FALSE, LEUKO_RESEARCH_ONLY, error);
}

LeukoImage *explain_figure(const LeukoExplanation *x, const LeukoImage *image, double alpha,
                           const char *headline, const char *const *lines, GError **error)
{
    guint longer = MAX(image->width, image->height);
    guint zoom = MAX(1, (LEAST_SIDE + longer / 2) / longer);
    g_autoptr(LeukoImage) plain =
        leuko_image_resize(image, image->width * zoom, image->height * zoom, error);
    g_autoptr(LeukoImage) heat = plain ? leuko_explanation_overlay(x, plain, alpha, error) : NULL;
    if (!heat)
        return NULL;
    gboolean both = longer <= LARGE;
    guint panels = both ? 2 * plain->width + GAP : plain->width;
    guint width = MAX(panels, LEAST_WIDTH), n_lines = g_strv_length((gchar **)lines);
    Caption c = {.text_px = CLAMP(width / 45, LEAST_TEXT, MOST_TEXT), .width = width - 2 * MARGIN};
    c.line_px = c.text_px * 3 / 2;
    c.page = leuko_image_new(width, plain->height + 2 * MARGIN + (n_lines + 4) * c.line_px, error);
    g_autoptr(LeukoImage) page = c.page;
    if (!page)
        return NULL;
    image_fill(page, 0, 0, page->width, page->height, paper);
    if (both)
        image_paste(page, 0, 0, plain);
    image_paste(page, panels - plain->width, 0, heat);
    c.y = (gint)plain->height + MARGIN;
    return write_caption(&c, x, alpha, headline, lines, error) ? g_steal_pointer(&page) : NULL;
}

LeukoImage *leuko_explanation_figure(const LeukoExplanation *x, const LeukoImage *image,
                                     double alpha, GError **error)
{
    const LeukoAnswer *a = x->answer;
    g_autofree gchar *headline = g_strdup_printf("Evidence for %s", a->classes[x->explained]);
    g_autofree gchar *refer = leuko_answer_refer_text(a);
    g_autofree gchar *answer =
        g_strdup_printf("answer: %s, probability %.3f%s%s", leuko_answer_class(a), a->confidence,
                        refer ? "; refer: " : "", refer ? refer : "");
    const char *lines[] = {answer, a->file, NULL};
    return explain_figure(x, image, alpha, headline, lines, error);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *map_json(const LeukoExplanation *x)
{
    json_t *rows = json_array();
    for (guint r = 0; r < x->rows; r++) {
        json_t *row = json_array();
        for (guint c = 0; c < x->columns; c++)
            json_array_append_new(row, json_real((double)x->map[(gsize)r * x->columns + c]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *cell_json(const LeukoExplanation *x)
{
    json_t *cell = x->has_cell ? json_object() : json_null();
    if (!x->has_cell)
        return cell;
    json_object_set_new(cell, "share", json_real(x->cell_share));
    json_object_set_new(cell, "heat_inside", json_real(x->inside));
    json_object_set_new(cell, "heat_outside", leuko_json_real_or_null(x->outside));
    json_object_set_new(cell, "ratio", leuko_json_real_or_null(x->ratio));
    json_object_set_new(cell, "peak_inside", json_boolean(x->peak_inside));
    return cell;
}

json_t *leuko_explanation_json(const LeukoExplanation *x)
{
    json_t *json = json_object();
    const LeukoAnswer *a = x->answer;
    json_object_set_new(json, "file", leuko_json_text(a->file));
    json_object_set_new(json, "class", json_string(a->classes[x->explained]));
    json_object_set_new(json, "answer", json_string(leuko_answer_class(a)));
    json_object_set_new(json, "probability", json_real(a->confidence));
    json_object_set_new(json, "refer", json_boolean(a->refer));
    json_object_set_new(json, "score", json_real(x->score));
    json_object_set_new(json, "method",
                        json_string(x->is_exact ? "class activation" : "gradient-weighted"));
    json_object_set_new(json, "left", json_real(x->left));
    json_object_set_new(json, "top", json_real(x->top));
    json_object_set_new(json, "step_x", json_real(x->step_x));
    json_object_set_new(json, "step_y", json_real(x->step_y));
    json_object_set_new(json, "map", map_json(x));
    json_object_set_new(json, "peak", json_pack("[ii]", (int)x->peak_x, (int)x->peak_y));
    json_object_set_new(json, "cell", cell_json(x));
    return json;
}
