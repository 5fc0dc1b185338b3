/* A stress test: controls, where the model breaks, and a chart for each kind of change. */
#include "report/chart.h"
#include "report/sections.h"
#include <math.h>
#include <string.h>

static const struct {
    const char *key, *name;
} lines[] = {{"accuracy", "accuracy"}, {"auc", "ROC-AUC"}, {"referred", "share referred"}};

/* --- controls and limits -------------------------------------------------------------------- */

static void add_findings(GString *page, json_t *stress)
{
    json_t *findings = leuko_member(stress, "findings"), *one;
    gsize i;
    json_array_foreach(findings, i, one) leuko_html_add(
        page, "<p class=\"alarm\"><b>Above chance:</b> %s.</p>\n", json_string_value(one));
    if (json_array_size(findings) == 0 && json_array_size(leuko_member(stress, "controls")) > 0)
        leuko_html_raw(page, "<p>No control that could be judged is above chance.</p>");
}

static void add_range(GString *page, json_t *figure, const char *format)
{
    double low = leuko_member_real(figure, "low"), high = leuko_member_real(figure, "high");
    if (isfinite(low) && isfinite(high))
        leuko_html_add(page, format, low, high);
    else
        leuko_html_raw(page, "<td class=\"range\">none</td>");
}

static void add_controls(GString *page, json_t *controls)
{
    json_t *c;
    gsize i;
    if (json_array_size(controls) == 0)
        return;
    leuko_html_raw(page, "<h3>Controls</h3>");
    leuko_table_begin(
        page,
        "A model that decides by the cells has its controls at chance, an AUC of 0.5. "
        "Permuted labels: the AUC is that of the true labels, the interval that of the permuted "
        "ones.",
        "control|verdict|>ROC-AUC|interval|>permuted, mean|>p|what it says");
    json_array_foreach(controls, i, c)
    {
        leuko_html_add(page, "<tr><th scope=\"row\">%s</th><td class=\"name\">%s</td>",
                       leuko_member_text(c, "title"), leuko_member_text(c, "verdict"));
        leuko_cell_number(page, leuko_member_real(leuko_member(c, "auc"), "value"), 3);
        add_range(page, leuko_member(c, "auc"), "<td class=\"range\">%.3f to %.3f</td>");
        leuko_cell_number(page, leuko_member_real(c, "chance_mean"), 3);
        leuko_cell_number(page, leuko_member_real(c, "p_value"), 3);
        leuko_html_add(page, "<td class=\"method\">%s</td></tr>\n",
                       leuko_member_text(c, "sentence"));
    }
    leuko_table_end(page);
}

static void add_limits(GString *page, json_t *stress)
{
    json_t *limits = leuko_member(stress, "limits"), *l;
    gsize i;
    if (json_array_size(limits) == 0)
        return;
    leuko_html_raw(page, "<h3>Where the model breaks</h3>");
    leuko_html_add(page,
                   "<p class=\"note\">It breaks at the weakest strength at which the %s falls by "
                   "more than %g. It is certain where the whole interval of the fall is "
                   "larger.</p>",
                   leuko_figure_name(leuko_member_text(stress, "figure"), 2),
                   leuko_member_real(stress, "limit"));
    leuko_table_begin(page, NULL,
                      "change|>breaks at|unit|certain|>strongest tried|>largest fall|meaning");
    json_array_foreach(limits, i, l)
    {
        double at = leuko_member_real(l, "breaks_at");
        leuko_html_add(page, "<tr><th scope=\"row\">%s</th>", leuko_member_text(l, "kind"));
        if (isfinite(at))
            leuko_html_add(page, "<td class=\"n\">%g</td>", at);
        else
            leuko_html_raw(page, "<td class=\"n\">not reached</td>");
        leuko_html_add(page, "<td>%s</td><td>%s</td><td class=\"n\">%g</td>",
                       leuko_member_text(l, "unit"),
                       !isfinite(at)                              ? "-"
                       : json_is_true(leuko_member(l, "certain")) ? "yes"
                                                                  : "no",
                       leuko_member_real(l, "strongest"));
        leuko_html_add(page, "<td class=\"n\">%+.3f</td><td class=\"method\">%s</td></tr>\n",
                       leuko_member_real(l, "worst"), leuko_member_text(l, "meaning"));
    }
    leuko_table_end(page);
}

/* --- conditions ----------------------------------------------------------------------------- */

static double value_of(json_t *condition, const char *key)
{
    return leuko_member_real(leuko_member(leuko_member(condition, "figures"), key), "value");
}

/* The unchanged images and the conditions of a kind, in the order of their strength; n of them. */
static GPtrArray *conditions_of(json_t *conditions, const char *kind)
{
    GPtrArray *steps = g_ptr_array_new();
    json_t *c;
    gsize i;
    json_array_foreach(conditions, i, c)
    {
        const char *name = leuko_member_text(c, "kind");
        if (strcmp(name, "clean") == 0 || strcmp(name, kind) == 0)
            g_ptr_array_add(steps, c);
    }
    return steps;
}

static void add_chart(GString *page, const GPtrArray *steps, const char *kind)
{
    const LeukoChartAxis x = {0, MAX(1, steps->len - 1), "step of the change (0: unchanged)"};
    const LeukoChartAxis y = {0, 1, "value"};
    g_autofree gchar *id = g_strdup_printf("stress-%s", kind);
    g_autoptr(LeukoChart) chart = leuko_chart_new(id, "Figures against the strength", x, y);
    g_autofree LeukoChartPoint *points = g_new(LeukoChartPoint, steps->len);
    for (guint k = 0; k < G_N_ELEMENTS(lines); k++) {
        guint n = 0;
        for (guint i = 0; i < steps->len; i++) {
            double value = value_of(steps->pdata[i], lines[k].key);
            if (isfinite(value))
                points[n++] = (LeukoChartPoint){i, value, NAN, NAN};
        }
        leuko_chart_line(chart, points, n, k, NULL);
        leuko_chart_points(chart, points, n, k, lines[k].name);
    }
    leuko_chart_append(chart, page);
}

static void add_step(GString *page, json_t *c, guint step)
{
    json_t *change = leuko_member(leuko_member(c, "changes"), "accuracy");
    double strength = leuko_member_real(c, "strength");
    leuko_html_add(page, "<tr><td class=\"n\">%u</td>", step);
    if (isfinite(strength))
        leuko_html_add(page, "<td class=\"n\">%g %s</td>", strength, leuko_member_text(c, "unit"));
    else
        leuko_html_raw(page, "<td class=\"n\">unchanged</td>");
    for (guint k = 0; k < G_N_ELEMENTS(lines); k++)
        leuko_cell_number(page, value_of(c, lines[k].key), 3);
    add_range(page, change, "<td class=\"range\">%+.3f to %+.3f</td>");
    leuko_html_raw(page, "</tr>\n");
}

static void add_kind(GString *page, json_t *conditions, const char *kind, const char *meaning)
{
    g_autoptr(GPtrArray) steps = conditions_of(conditions, kind);
    leuko_html_add(page, "<figure><figcaption>%s<span>%s</span></figcaption>", kind, meaning);
    add_chart(page, steps, kind);
    leuko_html_raw(page, "<details><summary>Table</summary>");
    leuko_table_begin(page, NULL,
                      ">step|>strength|>accuracy|>ROC-AUC|>share referred|"
                      "change of accuracy, interval");
    for (guint i = 0; i < steps->len; i++)
        add_step(page, steps->pdata[i], i);
    leuko_table_end(page);
    leuko_html_raw(page, "</details></figure>\n");
}

void leuko_section_stress(GString *page, json_t *document)
{
    json_t *stress = leuko_member(document, "stress"), *limits = leuko_member(stress, "limits"), *l;
    gsize i;
    if (!json_is_object(stress))
        return;
    leuko_section_begin(page, "stress", "Stress test");
    add_findings(page, stress);
    add_controls(page, leuko_member(stress, "controls"));
    add_limits(page, stress);
    leuko_html_raw(page, json_array_size(limits) ? "<div class=\"pair\">\n" : "");
    json_array_foreach(limits, i, l)
        add_kind(page, leuko_member(stress, "conditions"), leuko_member_text(l, "kind"),
                 leuko_member_text(l, "meaning"));
    leuko_html_raw(page, json_array_size(limits) ? "</div>\n" : "");
    leuko_section_end(page);
}
