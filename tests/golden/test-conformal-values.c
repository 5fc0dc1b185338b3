/* Class-conditional conformal quantiles against MAPIE, crepes and fractions
 * (tests/golden/make-conformal-values.py), to 1e-9. */
#include "base/json.h"
#include "stats/conformal.h"
#include <math.h>

static json_t *load(void)
{
    g_autofree gchar *path =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "golden", "conformal-values.json", NULL);
    json_error_t error;
    json_t *all = json_load_file(path, 0, &error);
    if (!all)
        g_error("%s: %s", path, error.text);
    g_assert_cmpuint(json_array_size(all), ==, 20);
    return all;
}

/* null is infinity. */
static void assert_equal(double value, json_t *expected)
{
    if (json_is_null(expected))
        g_assert_true(isinf(value) && value > 0);
    else
        g_assert_cmpfloat_with_epsilon(value, json_number_value(expected),
                                       1e-9 * MAX(1, fabs(json_number_value(expected))));
}

static json_t *member(json_t *row, const char *key, gsize i)
{
    return json_array_get(json_object_get(row, key), i);
}

/* A score is in the prediction set if crepes' p-value is above the miss bound. */
static void check_probes(json_t *expected, double quantile, double miss)
{
    for (gsize i = 0; i < json_array_size(json_object_get(expected, "probes")); i++) {
        double probe = json_number_value(member(expected, "probes", i));
        g_assert_true((probe <= quantile) ==
                      (json_number_value(member(expected, "p", i)) > miss + 1e-12));
    }
}

static void check_class(json_t *row, gint k)
{
    json_t *scores = json_object_get(row, "scores"), *expected = member(row, "classes", (gsize)k);
    gsize n = 0, n_all = json_array_size(scores);
    double miss = json_number_value(json_object_get(row, "miss"));
    g_autofree double *own = g_new(double, n_all);
    g_autofree guint *units = g_new(guint, n_all);
    for (gsize i = 0; i < n_all; i++)
        if (json_integer_value(member(row, "labels", i)) == k) {
            own[n] = json_number_value(json_array_get(scores, i));
            units[n++] = (guint)json_integer_value(member(row, "groups", i));
        }
    double quantile = leuko_conformal_quantile(own, NULL, n, 0, miss);
    assert_equal(quantile, json_object_get(expected, "quantile"));
    check_probes(expected, quantile, miss);
    assert_equal(leuko_conformal_quantile(own, units, n, (guint)n_all, miss),
                 json_object_get(expected, "pooled"));
}

/* The quantile of each class, over images and over groups, and the p-values of other scores. */
static void test_quantiles(void)
{
    g_autoptr(json_t) all = load();
    gsize at;
    json_t *row;
    json_array_foreach(all, at, row) for (gsize k = 0;
                                          k < json_array_size(json_object_get(row, "classes")); k++)
        check_class(row, (gint)k);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/conformal/quantiles", test_quantiles);
    return g_test_run();
}
