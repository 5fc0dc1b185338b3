/* Intervals of proportions over groups against R's survey (make-proportion-values.py), to 1e-9. */
#include "base/json.h"
#include "stats/proportion.h"
#include <math.h>
#include <string.h>

enum { MAX_GROUPS = 64 };

static void read_numbers(json_t *row, const char *key, guint *out)
{
    json_t *list = json_object_get(row, key);
    g_assert_cmpuint(json_array_size(list), <=, MAX_GROUPS);
    for (gsize i = 0; i < json_array_size(list); i++)
        out[i] = (guint)json_integer_value(json_array_get(list, i));
}

static void test_survey(void)
{
    g_autofree gchar *path =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "golden", "proportion-values.json", NULL);
    g_autoptr(json_t) all = json_load_file(path, 0, NULL);
    g_assert_cmpuint(json_array_size(all), ==, 10);
    for (gsize i = 0; i < json_array_size(all); i++) {
        json_t *row = json_array_get(all, i);
        guint strata[MAX_GROUPS], hits[MAX_GROUPS], counts[MAX_GROUPS];
        read_numbers(row, "strata", strata);
        read_numbers(row, "hits", hits);
        read_numbers(row, "counts", counts);
        guint n = (guint)json_array_size(json_object_get(row, "counts")), n_strata = 0;
        for (guint g = 0; g < n; g++)
            n_strata = MAX(n_strata, strata[g] + 1);
        LeukoGroupedProportion got =
            leuko_korn_graubard(&(LeukoGroupedCounts){n, n_strata, strata, hits, counts});
        double low = json_number_value(json_object_get(row, "low")),
               high = json_number_value(json_object_get(row, "high"));
        if (!(fabs(got.interval.low - low) <= 1e-9 && fabs(got.interval.high - high) <= 1e-9))
            g_error("%s: %.12g to %.12g, expected %.12g to %.12g",
                    json_string_value(json_object_get(row, "name")), got.interval.low,
                    got.interval.high, low, high);
    }
}

/* What has no variance between groups has no interval, and says why. */
static void test_no_interval(void)
{
    const guint stratum[4] = {0, 0, 1, 1}, all[4] = {5, 5, 5, 5}, one[4] = {0, 5, 0, 0};
    LeukoGroupedProportion right =
        leuko_korn_graubard(&(LeukoGroupedCounts){4, 2, stratum, all, all});
    g_assert_true(right.all_equal && isnan(right.interval.low));
    g_assert_cmpuint(right.n_groups, ==, 4);
    LeukoGroupedProportion single =
        leuko_korn_graubard(&(LeukoGroupedCounts){4, 2, stratum, one, one});
    g_assert_true(!single.all_equal && isnan(single.interval.low));
    g_assert_cmpuint(single.n_groups, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/proportion/survey", test_survey);
    g_test_add_func("/proportion/no-interval", test_no_interval);
    return g_test_run();
}
