/* ROC, precision-recall, reliability and risk-coverage: each a chart and its table. */
#include "report/chart.h"
#include "report/sections.h"
#include <math.h>

enum { TABLE_ROWS = 21 };

/* The points of a curve, (json_array_size(points)), g_free. */
static LeukoChartPoint *curve_points(json_t *points)
{
    gsize n = json_array_size(points);
    LeukoChartPoint *out = g_new(LeukoChartPoint, MAX(n, 1));
    for (gsize i = 0; i < n; i++) {
        json_t *p = json_array_get(points, i);
        out[i] = (LeukoChartPoint){json_number_value(json_array_get(p, 0)),
                                   json_number_value(json_array_get(p, 1)), NAN, NAN};
    }
    return out;
}

static void add_lines(LeukoChart *chart, json_t *curves)
{
    gsize i;
    json_t *curve;
    json_array_foreach(curves, i, curve)
    {
        json_t *points = leuko_member(curve, "points");
        g_autofree LeukoChartPoint *p = curve_points(points);
        leuko_chart_line(chart, p, (guint)json_array_size(points), (guint)i,
                         leuko_member_text(curve, "name"));
    }
}

/* The table of curves: at most TABLE_ROWS points of each, spread evenly. */
static void add_curve_table(GString *page, json_t *curves, const char *head)
{
    gsize i;
    json_t *curve;
    leuko_table_begin(page, "At most 21 points of each curve; report.json has more.", head);
    json_array_foreach(curves, i, curve)
    {
        json_t *points = leuko_member(curve, "points");
        gsize n = json_array_size(points), rows = MIN(n, TABLE_ROWS);
        for (gsize k = 0; k < rows; k++) {
            json_t *p = json_array_get(points, rows > 1 ? k * (n - 1) / (rows - 1) : 0);
            json_t *threshold = json_array_get(p, 2);
            leuko_html_add(page, "<tr><td class=\"name\">%s</td>",
                           leuko_member_text(curve, "name"));
            if (json_is_number(threshold))
                leuko_cell_number(page, json_number_value(threshold), 4);
            else
                leuko_html_raw(page, "<td class=\"n\">above all</td>");
            leuko_cell_number(page, json_number_value(json_array_get(p, 0)), 3);
            leuko_cell_number(page, json_number_value(json_array_get(p, 1)), 3);
            leuko_html_raw(page, "</tr>\n");
        }
    }
    leuko_table_end(page);
}

static void begin_figure(GString *page, const char *title, const char *text)
{
    leuko_html_add(page, "<figure><figcaption>%s<span>%s</span></figcaption>", title, text);
}

/* The end of a figure: the table in a list that opens. */
static void end_figure(GString *page, GString *table)
{
    leuko_html_raw(page, "<details><summary>Table</summary>");
    g_string_append(page, table->str);
    leuko_html_raw(page, "</details></figure>\n");
}

static void add_roc(GString *page, json_t *curves)
{
    const LeukoChartAxis x = {0, 1, "1 - specificity"}, y = {0, 1, "sensitivity"};
    g_autoptr(LeukoChart) chart = leuko_chart_new("roc", "ROC curves", x, y);
    g_autoptr(GString) table = g_string_new(NULL);
    leuko_chart_guide(chart, 0, 0, 1, 1, "guessing");
    add_lines(chart, curves);
    begin_figure(page, "ROC", "Each threshold is a point; the nearer to the top left, the better.");
    leuko_chart_append(chart, page);
    add_curve_table(table, curves, "curve|>threshold|>1 - specificity|>sensitivity");
    end_figure(page, table);
}

static void add_precision_recall(GString *page, json_t *curves)
{
    const LeukoChartAxis x = {0, 1, "recall (sensitivity)"}, y = {0, 1, "precision (PPV)"};
    g_autoptr(LeukoChart) chart = leuko_chart_new("pr", "Precision-recall curves", x, y);
    g_autoptr(GString) table = g_string_new(NULL);
    add_lines(chart, curves);
    begin_figure(page, "Precision and recall",
                 "Precision holds for the share of classes in these images, not in practice.");
    leuko_chart_append(chart, page);
    add_curve_table(table, curves, "curve|>threshold|>recall|>precision");
    end_figure(page, table);
}

static void add_risk(GString *page, json_t *curves)
{
    const LeukoChartAxis x = {0, 1, "share of images answered"};
    double highest = 0.02;
    gsize i, k;
    json_t *curve, *p;
    json_array_foreach(curves, i, curve) json_array_foreach(
        leuko_member(curve, "points"), k, p) if (json_number_value(json_array_get(p, 0)) >= 0.02)
        highest = MAX(highest, json_number_value(json_array_get(p, 1)));
    double step = leuko_chart_tick(0, highest, 5);
    const LeukoChartAxis y = {0, MIN(1, ceil(highest / step) * step), "share of errors among them"};
    g_autoptr(LeukoChart) chart = leuko_chart_new("risk", "Risk-coverage curves", x, y);
    g_autoptr(GString) table = g_string_new(NULL);
    add_lines(chart, curves);
    begin_figure(
        page, "Risk and coverage",
        "Errors if only the surest answers are given and the others are left to a person.");
    leuko_chart_append(chart, page);
    add_curve_table(table, curves, "curve|>confidence at least|>answered|>errors");
    end_figure(page, table);
}

/* --- reliability ---------------------------------------------------------------------------- */

static void add_bins(LeukoChart *chart, json_t *rows, const char *name)
{
    gsize i, n = json_array_size(rows);
    json_t *row;
    g_autofree LeukoChartPoint *points = g_new(LeukoChartPoint, MAX(n, 1));
    json_array_foreach(rows, i, row) points[i] = (LeukoChartPoint){
        leuko_member_real(row, "mean_probability"), leuko_member_real(row, "observed"),
        leuko_member_real(row, "observed_low"), leuko_member_real(row, "observed_high")};
    leuko_chart_points(chart, points, (guint)n, 0, name);
}

static void add_bin_table(GString *table, json_t *rows, const char *caption)
{
    gsize i;
    json_t *row;
    leuko_table_begin(table, caption,
                      ">from|>to|>images|>mean probability|>observed share|95 % interval");
    json_array_foreach(rows, i, row)
    {
        double low = leuko_member_real(row, "observed_low"),
               high = leuko_member_real(row, "observed_high");
        leuko_html_raw(table, "<tr>");
        leuko_cell_number(table, leuko_member_real(row, "low"), 3);
        leuko_cell_number(table, leuko_member_real(row, "high"), 3);
        leuko_html_add(table, "<td class=\"n\">%d</td>", leuko_member_int(row, "n"));
        leuko_cell_number(table, leuko_member_real(row, "mean_probability"), 3);
        leuko_cell_number(table, leuko_member_real(row, "observed"), 3);
        if (isfinite(low))
            leuko_html_add(table, "<td class=\"range\">%.3f to %.3f</td></tr>\n", low, high);
        else
            leuko_html_raw(table, "<td class=\"range\">none</td></tr>\n");
    }
    leuko_table_end(table);
}

static void add_calibration_facts(GString *table, json_t *calibration)
{
    json_t *width = leuko_member(calibration, "equal_width"),
           *mass = leuko_member(calibration, "equal_mass"),
           *brier = leuko_member(calibration, "brier");
    leuko_html_add(table,
                   "<p class=\"note\">Calibration error (ECE) %.3f over bins of equal width, "
                   "largest %.3f; %.3f over bins of equal count, largest %.3f. ",
                   leuko_member_real(width, "ece"), leuko_member_real(width, "mce"),
                   leuko_member_real(mass, "ece"), leuko_member_real(mass, "mce"));
    leuko_html_add(table,
                   "Brier score %.3f = reliability %.3f - resolution %.3f + uncertainty %.3f + "
                   "within bins %.3f - %.3f.</p>",
                   leuko_member_real(brier, "score"), leuko_member_real(brier, "reliability"),
                   leuko_member_real(brier, "resolution"), leuko_member_real(brier, "uncertainty"),
                   leuko_member_real(brier, "within_variance"),
                   leuko_member_real(brier, "within_covariance"));
}

static void add_reliability(GString *page, json_t *calibration)
{
    json_t *mass = leuko_member(leuko_member(calibration, "equal_mass"), "rows");
    json_t *width = leuko_member(leuko_member(calibration, "equal_width"), "rows");
    const char *event = leuko_member_text(calibration, "event");
    const LeukoChartAxis x = {0, 1, event}, y = {0, 1, "observed share"};
    g_autoptr(LeukoChart) chart = leuko_chart_new("reliability", "Reliability diagram", x, y);
    g_autoptr(GString) table = g_string_new(NULL);
    leuko_chart_guide(chart, 0, 0, 1, 1, "perfect calibration");
    add_bins(chart, mass, "bins of equal count, with 95 % intervals");
    begin_figure(page, "Reliability", "Points on the diagonal: probabilities mean what they say.");
    leuko_chart_append(chart, page);
    add_calibration_facts(table, calibration);
    add_bin_table(table, mass, "Bins of equal count");
    add_bin_table(table, width, "Bins of equal width");
    end_figure(page, table);
}

void leuko_section_curves(GString *page, json_t *document)
{
    json_t *curves = leuko_member(document, "curves");
    json_t *calibration = leuko_member(leuko_report_figures(document), "calibration");
    if (!json_is_object(curves))
        return;
    leuko_section_begin(page, "curves", "Curves");
    leuko_html_raw(page, "<div class=\"pair\">\n");
    add_roc(page, leuko_member(curves, "roc"));
    add_precision_recall(page, leuko_member(curves, "precision_recall"));
    if (json_is_object(calibration))
        add_reliability(page, calibration);
    add_risk(page, leuko_member(curves, "risk_coverage"));
    leuko_html_raw(page, "</div>\n");
    leuko_section_end(page);
}
