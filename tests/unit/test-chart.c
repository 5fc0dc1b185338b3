#include "report/chart.h"
#include "report/html.h"
#include <math.h>
#include <string.h>

/* Ticks are 1, 2 or 5 times a power of ten, and no more than asked for. */
static void test_ticks(void)
{
    g_assert_cmpfloat_with_epsilon(leuko_chart_tick(0, 1, 6), 0.2, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_chart_tick(0, 1, 10), 0.1, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_chart_tick(0, 0.037, 5), 0.01, 1e-12);
    g_assert_cmpfloat_with_epsilon(leuko_chart_tick(-300, 700, 6), 200, 1e-9);
    for (double high = 1e-6; high < 1e6; high *= 1.7)
        g_assert_cmpfloat(high / leuko_chart_tick(0, high, 6), <=, 6 + 1e-9);
}

static gchar *draw(const LeukoChartPoint *points, guint n, const char *name)
{
    const LeukoChartAxis x = {0, 1, "x < 1"}, y = {0, 2, "y"};
    g_autoptr(LeukoChart) chart = leuko_chart_new("c", "a \"title\" & more", x, y);
    GString *page = g_string_new(NULL);
    leuko_chart_line(chart, points, n, 1, name);
    leuko_chart_points(chart, points, n, 9, name);
    leuko_chart_bars(chart, points, n, 0.1, 2, NULL);
    leuko_chart_guide(chart, 0, 0, 1, 2, "guide");
    leuko_chart_append(chart, page);
    return g_string_free(page, FALSE);
}

/* The corners of the axes are the corners of the plot; what lies outside is drawn at its edge. */
static void test_places(void)
{
    const LeukoChartPoint points[] = {{0, 0, NAN, NAN}, {1, 2, 1, 5}, {7, -3, NAN, NAN}};
    g_autofree gchar *page = draw(points, 3, "series");
    g_assert_nonnull(
        strstr(page, "<path class=\"line s1\" d=\"M66.0 290.0L426.0 12.0L426.0 290.0\"/>"));
    g_assert_nonnull(strstr(page, "<path class=\"bar-of s1\" d=\"M426.0 151.0V12.0\"/>"));
    g_assert_null(strstr(page, "nan"));
}

/* Texts are escaped, and names stand in the list below. */
static void test_texts(void)
{
    const LeukoChartPoint point = {0.5, 1, NAN, NAN};
    g_autofree gchar *page = draw(&point, 1, "<script>alert('x')</script>");
    g_assert_null(strstr(page, "<script"));
    g_assert_nonnull(strstr(page, "&lt;script&gt;"));
    g_assert_nonnull(strstr(page, "a &quot;title&quot; &amp; more"));
    g_assert_nonnull(strstr(page, "x &lt; 1"));
}

/* No point, no series and no entry. */
static void test_empty(void)
{
    g_autofree gchar *page = draw(NULL, 0, "series");
    g_assert_null(strstr(page, "series"));
    g_assert_nonnull(strstr(page, "guide"));
}

/* Of an %s everything is escaped, also controls and bytes that are not UTF-8. */
static void test_html(void)
{
    g_autoptr(GString) page = g_string_new(NULL);
    leuko_html_add(page, "<b class=\"%s\">%d %u %.2f %5.1f%% %.3s|%s</b>", "a\"'<>&\n\x01\xff", -3,
                   4u, 1.234, 50.0, "abcdef", (const char *)NULL);
    g_assert_cmpstr(
        page->str, ==,
        "<b class=\"a&quot;&apos;&lt;&gt;&amp;\\x0a\\x01\\xff\">-3 4 1.23  50.0% abc|</b>");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chart/ticks", test_ticks);
    g_test_add_func("/chart/places", test_places);
    g_test_add_func("/chart/texts", test_texts);
    g_test_add_func("/chart/empty", test_empty);
    g_test_add_func("/html/escape", test_html);
    return g_test_run();
}
