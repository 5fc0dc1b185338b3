/* Summary, figures, classes, groups. */
#include "report/sections.h"
#include <math.h>
#include <string.h>

/* --- summary -------------------------------------------------------------------------------- */

static void add_tile(GString *page, const char *name, json_t *figure)
{
    double low = leuko_member_real(figure, "low"), high = leuko_member_real(figure, "high");
    if (!isfinite(leuko_member_real(figure, "value")))
        return;
    leuko_html_add(page, "<li><span class=\"what\">%s</span><b>%.3f</b>", name,
                   leuko_member_real(figure, "value"));
    if (isfinite(low))
        leuko_html_add(page, "<span class=\"range\">95 %% interval %.3f to %.3f</span></li>", low,
                       high);
    else
        leuko_html_raw(page, "<span class=\"range\">no interval</span></li>");
}

static void add_tiles(GString *page, json_t *e)
{
    static const char *const two[] = {"auc", "sensitivity", "specificity", "accuracy", NULL};
    static const char *const more[] = {"accuracy", "balanced_accuracy", "auc", "macro_f1", NULL};
    gsize n_classes = json_array_size(leuko_member(e, "classes"));
    const char *const *keys = json_is_object(leuko_member(e, "sensitivity")) ? two : more;
    leuko_html_raw(page, "<ul class=\"tiles\">");
    for (gsize i = 0; keys[i]; i++)
        add_tile(page, leuko_figure_name(keys[i], n_classes), leuko_member(e, keys[i]));
    leuko_html_raw(page, "</ul>\n");
}

void leuko_section_summary(GString *page, json_t *document)
{
    json_t *cautions = leuko_member(document, "cautions"), *text;
    gsize i;
    leuko_html_raw(page, "<section class=\"lead\" aria-label=\"Summary\">");
    add_tiles(page, leuko_report_figures(document));
    json_array_foreach(leuko_member(document, "summary"), i, text)
        leuko_html_add(page, "<p>%s</p>\n", json_string_value(text));
    leuko_section_end(page);
    if (json_array_size(cautions) == 0)
        return;
    leuko_html_raw(page, "<aside class=\"cautions\"><h2 id=\"cautions\">Read this first</h2><ul>");
    json_array_foreach(cautions, i, text)
        leuko_html_add(page, "<li>%s</li>\n", json_string_value(text));
    leuko_html_raw(page, "</ul></aside>\n");
}

/* --- figures -------------------------------------------------------------------------------- */

static gboolean is_figure(json_t *value) { return json_is_string(leuko_member(value, "method")); }

static void add_figure_row(GString *page, const char *name, json_t *figure)
{
    leuko_html_add(page, "<tr><th scope=\"row\">%s</th>", name);
    leuko_figure_cells(page, figure);
    leuko_html_raw(page, "</tr>\n");
}

/* Every figure of an object, in its order. */
static void add_table(GString *page, json_t *e, const char *caption)
{
    gsize n_classes = json_array_size(leuko_member(e, "classes"));
    const char *key;
    json_t *value;
    leuko_table_begin(page, caption, "figure|>value|95 % interval|method of the interval");
    json_object_foreach(e, key, value) if (is_figure(value))
        add_figure_row(page, leuko_figure_name(key, n_classes), value);
    leuko_table_end(page);
}

static void add_classes(GString *page, json_t *e)
{
    static const char *const keys[] = {"recall", "precision", "f1", "auc"};
    static const char *const names[] = {"recall", "precision", "F1", "ROC-AUC against the rest"};
    const char *class;
    json_t *one;
    leuko_html_raw(page, "<h3>By class</h3>");
    leuko_table_begin(page, NULL, "class|figure|>value|95 % interval|method of the interval");
    json_object_foreach(leuko_member(e, "per_class"), class, one) for (gsize i = 0;
                                                                       i < G_N_ELEMENTS(keys); i++)
    {
        leuko_html_raw(page, "<tr>");
        if (i == 0)
            leuko_html_add(page, "<th scope=\"rowgroup\" rowspan=\"%u\">%s (%d)</th>",
                           (guint)G_N_ELEMENTS(keys), class, leuko_member_int(one, "n"));
        leuko_html_add(page, "<td>%s</td>", names[i]);
        leuko_figure_cells(page, leuko_member(one, keys[i]));
        leuko_html_raw(page, "</tr>\n");
    }
    leuko_table_end(page);
}

static void add_groups(GString *page, json_t *e)
{
    json_t *rows = leuko_member(e, "per_group"), *row, *count;
    gsize i;
    if (json_array_size(rows) == 0)
        return;
    leuko_html_add(page, "<details%s><summary>By group (%d)</summary>",
                   json_array_size(rows) <= 20 ? " open" : "", (int)json_array_size(rows));
    leuko_table_begin(page, "Groups are patients or slides, as the data names them.",
                      "group|classes|>images|>correct|>accuracy|>mean p of the positive class");
    json_array_foreach(rows, i, row)
    {
        const char *class, *separator = "";
        leuko_html_add(page, "<tr><td class=\"name\">%s</td><td class=\"name\">",
                       leuko_member_text(row, "group"));
        json_object_foreach(leuko_member(row, "classes"), class, count)
        {
            leuko_html_add(page, "%s%s", separator, class);
            separator = ", ";
        }
        leuko_html_add(page, "</td><td class=\"n\">%d</td><td class=\"n\">%d</td>",
                       leuko_member_int(row, "n"), leuko_member_int(row, "correct"));
        leuko_cell_number(page, leuko_member_real(row, "accuracy"), 3);
        leuko_cell_number(page, leuko_member_real(row, "mean_positive"), 3);
        leuko_html_raw(page, "</tr>\n");
    }
    leuko_table_end(page);
    leuko_html_raw(page, "</details>\n");
}

static void add_patients(GString *page, json_t *patients)
{
    json_t *e = leuko_member(patients, "figures");
    if (!json_is_object(e))
        return;
    leuko_html_add(
        page,
        "<h3>By patient</h3><p class=\"note\">Patients (groups with images of one "
        "class): %d. A patient is positive if at least %.1f %% of its images are (%s).</p>",
        leuko_member_int(patients, "patients"), 100 * leuko_member_real(patients, "share"),
        json_is_true(leuko_member(patients, "learned")) ? "learned on validation"
                                                        : "default, not learned");
    leuko_html_raw(page, "<details><summary>Figures of patients</summary>");
    add_table(page, e, NULL);
    leuko_html_raw(page, "</details>\n");
}

static void add_selective(GString *page, json_t *s)
{
    const char *class;
    json_t *figure;
    if (!json_is_object(s))
        return;
    leuko_html_add(page,
                   "<h3>Referral</h3><p class=\"note\">Images that the model refers to a person: "
                   "%d, those that it cannot decide, or that are unlike its training images.</p>",
                   leuko_member_int(s, "n_referred"));
    leuko_table_begin(page, NULL, "figure|>value|95 % interval|method of the interval");
    add_figure_row(page, "share referred", leuko_member(s, "referred"));
    add_figure_row(page, "accuracy of the answered", leuko_member(s, "accuracy"));
    json_object_foreach(leuko_member(s, "missed"), class, figure)
    {
        g_autofree gchar *name = g_strdup_printf("missed %s, of all", class);
        g_autofree gchar *answered = g_strdup_printf("missed %s, of the answered", class);
        add_figure_row(page, name, figure);
        add_figure_row(page, answered,
                       leuko_member(leuko_member(s, "missed_among_answered"), class));
    }
    leuko_table_end(page);
}

/* The figures of an evaluation, `result`, whose figures of merit are in `e`. */
static void add_figures(GString *page, json_t *result, json_t *e)
{
    const char *positive = leuko_member_text(e, "positive");
    double threshold = leuko_member_real(e, "threshold");
    if (positive && isfinite(threshold))
        leuko_html_add(page,
                       "<p class=\"note\">Positive class: %s. An image is decided for it from "
                       "p(%s) = %.3f on.</p>",
                       positive, positive, threshold);
    else if (positive)
        leuko_html_add(page, "<p class=\"note\">Positive class: %s.</p>", positive);
    add_table(page, e, NULL);
    add_classes(page, e);
    add_patients(page, leuko_member(result, "per_patient"));
    add_selective(page, leuko_member(result, "selective"));
    add_groups(page, e);
}

void leuko_section_figures(GString *page, json_t *document)
{
    json_t *result = leuko_member(document, "result"), *first = leuko_member(result, "first"),
           *second = leuko_member(result, "second");
    leuko_section_begin(page, "figures", "Figures");
    if (first) {
        leuko_html_add(page, "<h3>First model: %s</h3>", leuko_member_text(first, "model"));
        add_figures(page, first, first);
        leuko_html_add(page, "<h3>Second model: %s</h3>", leuko_member_text(second, "model"));
        add_figures(page, second, second);
    } else
        add_figures(page, result, leuko_report_figures(document));
    leuko_section_end(page);
}

/* --- confusion matrix ----------------------------------------------------------------------- */

static void add_matrix(GString *page, json_t *e)
{
    json_t *rows = leuko_member(e, "confusion");
    json_t *classes = leuko_member(e, "classes"), *row, *cell, *class;
    gsize i, k;
    leuko_html_raw(
        page, "<p class=\"note\">Images by ground truth (rows) and decision (columns). Framed: "
              "right decisions. Darker: a larger share of the row.</p><div "
              "class=\"scroll\"><table class=\"matrix\"><thead><tr><th scope=\"col\">truth \\ "
              "decision</th>");
    json_array_foreach(classes, i, class)
        leuko_html_add(page, "<th scope=\"col\">%s</th>", json_string_value(class));
    leuko_html_raw(page, "</tr></thead><tbody>\n");
    json_array_foreach(rows, i, row)
    {
        double sum = 0;
        json_array_foreach(row, k, cell) sum += (double)json_integer_value(cell);
        leuko_html_add(page, "<tr><th scope=\"row\">%s</th>",
                       json_string_value(json_array_get(classes, i)));
        json_array_foreach(row, k, cell)
        {
            double n = (double)json_integer_value(cell), share = sum > 0 ? n / sum : 0;
            leuko_html_add(page, "<td class=\"%s q%d\">%.0f</td>", i == k ? "right" : "wrong",
                           (int)(10 * share + 0.5), n);
        }
        leuko_html_raw(page, "</tr>\n");
    }
    leuko_table_end(page);
}

void leuko_section_confusion(GString *page, json_t *document)
{
    json_t *second = leuko_member(leuko_member(document, "result"), "second");
    leuko_section_begin(page, "confusion", "Confusion matrix");
    leuko_html_raw(page, second ? "<h3>First model</h3>" : "");
    add_matrix(page, leuko_report_figures(document));
    if (second) {
        leuko_html_raw(page, "<h3>Second model</h3>");
        add_matrix(page, second);
    }
    leuko_section_end(page);
}
