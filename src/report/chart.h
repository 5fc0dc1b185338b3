/* report/chart.h: charts as SVG inside a page: axes, lines, points with intervals, bars.
 *
 * An SVG needs no script, prints, and takes its colors from the page's style (report/page.css), so
 * that it follows the light and the dark style. Series are told apart by dash and marker as well as
 * by color, and are listed by name below the chart. See docs/decisions/0016-charts-as-svg.md.
 * Threads: one chart, one thread.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

enum { LEUKO_CHART_SERIES = 8 }; /* distinct styles; more series repeat them */

typedef struct {
    double low, high;  /* low < high */
    const char *label; /* borrowed */
} LeukoChartAxis;

typedef struct {
    double x, y;
    double low, high; /* interval of y; NAN: none */
} LeukoChartPoint;

typedef struct LeukoChart LeukoChart;

/* id: unique in the page, letters, digits and hyphens; title: what the chart shows, for readers who
 * do not see it. Both are copied. */
LeukoChart *leuko_chart_new(const char *id, const char *title, LeukoChartAxis x, LeukoChartAxis y);
void leuko_chart_free(LeukoChart *chart); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoChart, leuko_chart_free)

/* Values outside of the axes are drawn at their end. Points must be finite.
 * series  0, 1, ...: its style; name: its entry below the chart, NULL: none */
void leuko_chart_line(LeukoChart *chart, const LeukoChartPoint *points, guint n, guint series,
                      const char *name);
/* Markers, with a bar from low to high where there is an interval. */
void leuko_chart_points(LeukoChart *chart, const LeukoChartPoint *points, guint n, guint series,
                        const char *name);
/* Bars from the lower end of the axis to y, `width` wide in units of x. */
void leuko_chart_bars(LeukoChart *chart, const LeukoChartPoint *points, guint n, double width,
                      guint series, const char *name);
/* A thin line for comparison, such as the diagonal of guessing. */
void leuko_chart_guide(LeukoChart *chart, double x1, double y1, double x2, double y2,
                       const char *name);

/* Append the chart and its list of series to a page. */
void leuko_chart_append(const LeukoChart *chart, GString *page);

/* The distance of ticks, 1, 2 or 5 times a power of ten, that gives at most `most` steps from low
 * to high. */
double leuko_chart_tick(double low, double high, guint most);

G_END_DECLS
