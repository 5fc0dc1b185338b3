#include "base/rng.h"
#include "formats/model-guards.h"
#include "formats/model-json.h"
#include "leuko/error.h"
#include <math.h>

enum { N = 400, C = 203, K = 2 }; /* C: of a network of depth 0.1 */

/* Features of two classes; the first axes vary much. far: away from both. */
static void draw(LeukoRng *rng, guint k, double shift, double far, float *x)
{
    for (guint c = 0; c < C; c++)
        x[c] = (float)(shift + (k ? 0.5 : -0.5) + (c < 5 ? 3 : 0.3) * leuko_rng_normal(rng) +
                       (c >= 5 ? far : 0));
}

static LeukoTypical *fitted(LeukoRng *rng, double *scores)
{
    g_autofree float *x = g_new(float, N *C);
    g_autofree gint *labels = g_new(gint, N);
    for (guint i = 0; i < N; i++) {
        labels[i] = i % K;
        draw(rng, i % K, 0, 0, x + (gsize)i * C);
    }
    LeukoTypical *t = leuko_typical_fit(x, labels, N, C, K);
    g_assert_nonnull(t);
    for (guint i = 0; i < N; i++) {
        draw(rng, i % K, 0, 0, x);
        scores[i] = leuko_typical_score(t, x);
    }
    return t;
}

/* About 1 % of new images are outside; a small shift along directions of small variance puts nearly
 * all outside, the same along those of large variance puts few. */
static void test_outside(void)
{
    LeukoRng rng;
    double scores[N];
    float x[C];
    guint n_same = 0, n_far = 0;
    leuko_rng_init(&rng, 1, "typical", 1);
    g_autoptr(LeukoTypical) t = fitted(&rng, scores);
    g_assert_false(leuko_typical_is_outside(t, 1e9)); /* not calibrated */
    leuko_typical_calibrate(t, scores, NULL, N, 0);
    for (guint i = 0; i < 2 * N; i++) {
        draw(&rng, i % K, 0, 0, x);
        n_same += leuko_typical_is_outside(t, leuko_typical_score(t, x)) ? 1u : 0u;
        draw(&rng, i % K, 0, 0.4, x);
        n_far += leuko_typical_is_outside(t, leuko_typical_score(t, x)) ? 1u : 0u;
    }
    g_assert_cmpuint(n_same, <, 30);
    g_assert_cmpuint(n_far, >, 2 * N * 95 / 100);
    x[0] = NAN;
    g_assert_true(isnan(leuko_typical_score(t, x)));
}

/* Classes of one row, and rows that are equal, have no covariance; 98 scores have no limit. */
static void test_too_few(void)
{
    double scores[N] = {0};
    float x[4 * C] = {0};
    const gint labels[4] = {0, 0, 1, 1}, alone[3] = {0, 0, 1};
    LeukoTypical t = {.n_features = C};
    g_assert_null(leuko_typical_fit(x, labels, 4, C, K));
    g_assert_null(leuko_typical_fit(x, alone, 3, C, K));
    leuko_typical_calibrate(&t, scores, NULL, 98, 0);
    g_assert_false(isfinite(t.limit));
    leuko_typical_calibrate(&t, scores, NULL, 99, 0);
    g_assert_true(isfinite(t.limit));
}

/* Runs of one new group alarm rarely, although their images are alike; a shift of every image by
 * ten standard deviations between groups always does. Few groups or images tell nothing. */
static void test_differs(void)
{
    enum { GROUPS = 30, CELLS = 20, RUNS = 5000 };
    LeukoRng rng;
    guint n_alarms = 0, units[GROUPS * CELLS];
    double scores[GROUPS * CELLS], p;
    leuko_rng_init(&rng, 1, "typical", 2);
    for (guint run = 0; run < RUNS; run++) {
        LeukoTypical t = {.n_features = C};
        double mean = leuko_rng_normal(&rng) + leuko_rng_normal(&rng) / sqrt(CELLS);
        for (guint g = 0; g < GROUPS; g++) {
            double effect = leuko_rng_normal(&rng);
            for (guint c = 0; c < CELLS; c++) {
                units[g * CELLS + c] = g;
                scores[g * CELLS + c] = effect + leuko_rng_normal(&rng);
            }
        }
        leuko_typical_calibrate(&t, scores, units, GROUPS * CELLS, GROUPS);
        n_alarms += leuko_typical_differs(&t, mean, CELLS, 1, &p) ? 1u : 0u;
        g_assert_true(leuko_typical_differs(&t, mean + 10, CELLS, 1, &p));
        g_assert_false(leuko_typical_differs(&t, 100, 19, 1, &p) || !isnan(p));
        t.reference.n_groups = 4;
        g_assert_false(leuko_typical_differs(&t, 100, CELLS, 1, &p) || !isnan(p));
    }
    g_assert_cmpuint(n_alarms, <, 15); /* 5 expected */
}

static LeukoModel *model(LeukoTypical *typical)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.depth_multiplier = 0.1;
    spec.side_px = 75;
    spec.n_classes = K;
    LeukoModel *m = leuko_model_new(&spec);
    m->classes = g_strsplit("hem all", " ", -1);
    m->positive = 1;
    m->typical = typical;
    m->referral = leuko_referral_new(K);
    m->referral->classes[1] = (LeukoReferralClass){LEUKO_PROMISE_AVERAGE, -1.5, 40, 20};
    return m;
}

/* What a model refers survives its description, bit for bit. */
static void test_description(void)
{
    LeukoRng rng;
    double scores[N];
    float x[C];
    g_autoptr(GError) error = NULL;
    leuko_rng_init(&rng, 1, "typical", 3);
    LeukoTypical *t = fitted(&rng, scores);
    leuko_typical_calibrate(t, scores, NULL, N, 0);
    g_autoptr(LeukoModel) m = model(t);
    g_autoptr(json_t) json = leuko_model_to_json(m);
    g_autoptr(LeukoModel) back = leuko_model_from_json(json, "x", &error);
    g_assert_no_error(error);
    draw(&rng, 0, 0, 0, x);
    g_assert_cmpfloat(leuko_typical_score(back->typical, x), ==, leuko_typical_score(t, x));
    g_assert_cmpfloat(back->typical->limit, ==, t->limit);
    g_assert_cmpint(back->referral->classes[1].promise, ==, LEUKO_PROMISE_AVERAGE);
    g_assert_cmpfloat(back->referral->classes[1].limit, ==, -1.5);
    g_assert_cmpint(back->referral->classes[0].promise, ==, LEUKO_PROMISE_NONE);
}

/* Each damaged member is an error that names it. */
static void test_damaged(void)
{
    LeukoRng rng;
    double scores[N];
    leuko_rng_init(&rng, 1, "typical", 4);
    g_autoptr(LeukoModel) m = model(fitted(&rng, scores));
    leuko_typical_calibrate(m->typical, scores, NULL, N, 0);
    const struct {
        const char *block, *key;
        json_t *value;
    } cases[] = {
        {"referral", "miss_bound", json_real(0)},    {"referral", "confidence", json_real(1)},
        {"referral", "by_groups", json_integer(1)},  {"referral", "classes", json_array()},
        {"referral", "of", json_string("some")},     {"referral", "of", json_integer(1)},
        {"typical", "axes", json_integer(33)},       {"typical", "axes", json_integer(31)},
        {"typical", "within", json_real(-1)},        {"typical", "limit", json_true()},
        {"typical", "numbers", json_string("AAAA")}, {"typical", "images", json_integer(-1)}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) json = leuko_model_to_json(m);
        json_object_set_new(json_object_get(json, cases[i].block), cases[i].key, cases[i].value);
        g_autoptr(LeukoModel) back = leuko_model_from_json(json, "x", &error);
        g_assert_null(back);
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, cases[i].block));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/typical/outside", test_outside);
    g_test_add_func("/typical/too-few", test_too_few);
    g_test_add_func("/typical/differs", test_differs);
    g_test_add_func("/typical/description", test_description);
    g_test_add_func("/typical/damaged", test_damaged);
    return g_test_run();
}
