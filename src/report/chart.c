#include "report/chart.h"
#include "report/html.h"
#include <math.h>

enum { WIDTH = 440, HEIGHT = 340, LEFT = 66, RIGHT = 14, TOP = 12, BOTTOM = 50, TICKS = 6 };

struct LeukoChart {
    gchar *id, *title, *x_label, *y_label;
    double x_low, x_high, y_low, y_high;
    GString *body, *legend;
};

double leuko_chart_tick(double low, double high, guint most)
{
    double raw = (high - low) / most, power = pow(10, floor(log10(raw))), steps = raw / power;
    return (steps <= 1 + 1e-9 ? 1 : steps <= 2 + 1e-9 ? 2 : steps <= 5 + 1e-9 ? 5 : 10) * power;
}

LeukoChart *leuko_chart_new(const char *id, const char *title, LeukoChartAxis x, LeukoChartAxis y)
{
    g_assert(x.low < x.high && y.low < y.high);
    LeukoChart *c = g_new0(LeukoChart, 1);
    c->id = g_strdup(id);
    c->title = g_strdup(title);
    c->x_label = g_strdup(x.label);
    c->y_label = g_strdup(y.label);
    c->x_low = x.low;
    c->x_high = x.high;
    c->y_low = y.low;
    c->y_high = y.high;
    c->body = g_string_new(NULL);
    c->legend = g_string_new(NULL);
    return c;
}

void leuko_chart_free(LeukoChart *c)
{
    if (!c)
        return;
    g_free(c->id);
    g_free(c->title);
    g_free(c->x_label);
    g_free(c->y_label);
    g_string_free(c->body, TRUE);
    g_string_free(c->legend, TRUE);
    g_free(c);
}

/* --- data to pixels ------------------------------------------------------------------------- */

static double x_px(const LeukoChart *c, double x)
{
    return LEFT + (CLAMP(x, c->x_low, c->x_high) - c->x_low) / (c->x_high - c->x_low) *
                      (WIDTH - LEFT - RIGHT);
}

static double y_px(const LeukoChart *c, double y)
{
    return HEIGHT - BOTTOM -
           (CLAMP(y, c->y_low, c->y_high) - c->y_low) / (c->y_high - c->y_low) *
               (HEIGHT - TOP - BOTTOM);
}

/* A marker of the series' shape: circle, square, diamond, triangle. */
static void add_marker(GString *out, double x, double y, guint series)
{
    guint style = series % LEUKO_CHART_SERIES;
    leuko_html_add(out, "<path class=\"mark s%u\" d=\"", style);
    switch (series % 4) {
    case 0:
        leuko_html_add(out, "M%.1f %.1fm-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z", x, y);
        break;
    case 1:
        leuko_html_add(out, "M%.1f %.1fm-3.3-3.3h6.6v6.6h-6.6z", x, y);
        break;
    case 2:
        leuko_html_add(out, "M%.1f %.1fm0-4.6l4.6 4.6l-4.6 4.6l-4.6-4.6z", x, y);
        break;
    default:
        leuko_html_add(out, "M%.1f %.1fm0-4.4l4.4 7.6h-8.8z", x, y);
    }
    leuko_html_raw(out, "\"/>");
}

/* An entry of the list below the chart, with a sample of the series. */
static void add_entry(LeukoChart *c, const char *name, const char *shape, guint series)
{
    if (!name)
        return;
    leuko_html_raw(c->legend,
                   "<li><svg class=\"sample\" viewBox=\"0 0 34 12\" aria-hidden=\"true\">");
    if (shape[0] == 'm')
        add_marker(c->legend, 17, 6, series);
    else
        leuko_html_add(c->legend, "<path class=\"%s s%u\" d=\"M1 6H33\"/>", shape,
                       series % LEUKO_CHART_SERIES);
    leuko_html_add(c->legend, "</svg> %s</li>", name);
}

/* --- series --------------------------------------------------------------------------------- */

void leuko_chart_line(LeukoChart *c, const LeukoChartPoint *points, guint n, guint series,
                      const char *name)
{
    if (n == 0)
        return;
    leuko_html_add(c->body, "<path class=\"line s%u\" d=\"", series % LEUKO_CHART_SERIES);
    for (guint i = 0; i < n; i++)
        leuko_html_add(c->body, "%s%.1f %.1f", i == 0 ? "M" : "L", x_px(c, points[i].x),
                       y_px(c, points[i].y));
    leuko_html_raw(c->body, "\"/>");
    add_entry(c, name, "line", series);
}

void leuko_chart_points(LeukoChart *c, const LeukoChartPoint *points, guint n, guint series,
                        const char *name)
{
    for (guint i = 0; i < n; i++) {
        double x = x_px(c, points[i].x);
        if (isfinite(points[i].low) && isfinite(points[i].high))
            leuko_html_add(c->body, "<path class=\"bar-of s%u\" d=\"M%.1f %.1fV%.1f\"/>",
                           series % LEUKO_CHART_SERIES, x, y_px(c, points[i].low),
                           y_px(c, points[i].high));
        add_marker(c->body, x, y_px(c, points[i].y), series);
    }
    if (n > 0)
        add_entry(c, name, "marker", series);
}

void leuko_chart_bars(LeukoChart *c, const LeukoChartPoint *points, guint n, double width,
                      guint series, const char *name)
{
    double base = y_px(c, c->y_low);
    for (guint i = 0; i < n; i++) {
        double x = x_px(c, points[i].x - width / 2), y = y_px(c, points[i].y);
        leuko_html_add(c->body,
                       "<rect class=\"column s%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                       "height=\"%.1f\"/>",
                       series % LEUKO_CHART_SERIES, x, y, x_px(c, points[i].x + width / 2) - x,
                       base - y);
    }
    if (n > 0)
        add_entry(c, name, "column", series);
}

void leuko_chart_guide(LeukoChart *c, double x1, double y1, double x2, double y2, const char *name)
{
    leuko_html_add(c->body, "<path class=\"guide\" d=\"M%.1f %.1fL%.1f %.1f\"/>", x_px(c, x1),
                   y_px(c, y1), x_px(c, x2), y_px(c, y2));
    if (name)
        leuko_html_add(c->legend,
                       "<li><svg class=\"sample\" viewBox=\"0 0 34 12\" aria-hidden=\"true\"><path "
                       "class=\"guide\" d=\"M1 6H33\"/></svg> %s</li>",
                       name);
}

/* --- axes ----------------------------------------------------------------------------------- */

/* Digits behind the point that tell ticks apart. */
static guint tick_digits(double step) { return (guint)MAX(0, ceil(-log10(step) - 1e-9)); }

/* The ticks of an axis are the multiples i * step, i from *first to the returned one. */
static int last_tick(double low, double high, double step, int *first)
{
    *first = (int)ceil(low / step - 1e-9);
    return (int)floor(high / step + 1e-9);
}

static void append_axes(const LeukoChart *c, GString *page)
{
    double step = leuko_chart_tick(c->x_low, c->x_high, TICKS);
    int right = WIDTH - RIGHT, bottom = HEIGHT - BOTTOM, i;
    for (int last = last_tick(c->x_low, c->x_high, step, &i); i <= last; i++) {
        double x = i * step;
        g_autofree gchar *text = leuko_html_number(x, tick_digits(step));
        leuko_html_add(page,
                       "<path class=\"grid\" d=\"M%.1f %dV%d\"/><text class=\"tick\" x=\"%.1f\" "
                       "y=\"%d\" text-anchor=\"middle\">%s</text>",
                       x_px(c, x), TOP, bottom, x_px(c, x), bottom + 18, text);
    }
    step = leuko_chart_tick(c->y_low, c->y_high, TICKS);
    for (int last = last_tick(c->y_low, c->y_high, step, &i); i <= last; i++) {
        double y = i * step;
        g_autofree gchar *text = leuko_html_number(y, tick_digits(step));
        leuko_html_add(page,
                       "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"tick\" x=\"%d\" "
                       "y=\"%.1f\" text-anchor=\"end\">%s</text>",
                       LEFT, y_px(c, y), right, LEFT - 8, y_px(c, y) + 4, text);
    }
    leuko_html_add(page, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP, bottom, right);
    leuko_html_add(page, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                   (LEFT + right) / 2, HEIGHT - 8, c->x_label);
    leuko_html_add(page,
                   "<text class=\"label\" transform=\"translate(14 %d) rotate(-90)\" "
                   "text-anchor=\"middle\">%s</text>",
                   (TOP + bottom) / 2, c->y_label);
}

void leuko_chart_append(const LeukoChart *c, GString *page)
{
    leuko_html_add(page,
                   "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" "
                   "aria-labelledby=\"%s-title\"><title id=\"%s-title\">%s</title>",
                   WIDTH, HEIGHT, c->id, c->id, c->title);
    append_axes(c, page);
    g_string_append(page, c->body->str);
    leuko_html_raw(page, "</svg>");
    if (c->legend->len > 0) {
        leuko_html_raw(page, "<ul class=\"legend\">");
        g_string_append(page, c->legend->str);
        leuko_html_raw(page, "</ul>");
    }
}
