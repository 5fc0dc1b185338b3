/* Temperature and isotonic regression, fitted on simulated logits. */
#include "base/rng.h"
#include "stats/calibration-fit.h"
#include <math.h>

/* Two classes; the true log-odds of class 1 is a function of the network's. */
typedef struct {
    LeukoCalibrationInput in;
    float *logits;
    gint *labels;
    guint *unit;
    double *odds; /* true log-odds */
} Sample;

static void sample_clear(Sample *s)
{
    g_free(s->logits);
    g_free(s->labels);
    g_free(s->unit);
    g_free(s->odds);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

static double too_sure(double m) { return m / 3; }              /* a temperature of 3 */
static double one_sided(double m) { return m > 0 ? m : m / 8; } /* no temperature corrects it */

static Sample sample_new(guint n_units, guint m, double (*truth)(double), guint seed)
{
    guint n = n_units * m;
    Sample s = {.logits = g_new0(float, 2 * n),
                .labels = g_new(gint, n),
                .unit = g_new(guint, n),
                .odds = g_new(double, n)};
    LeukoRng rng;
    leuko_rng_init(&rng, 3, "test", seed);
    for (guint i = 0; i < n; i++) {
        s.logits[2 * i + 1] = (float)(4 * leuko_rng_normal(&rng));
        s.odds[i] = truth(s.logits[2 * i + 1]);
        s.labels[i] = leuko_rng_uniform(&rng) < 1 / (1 + exp(-s.odds[i]));
        s.unit[i] = i / m;
    }
    s.in = (LeukoCalibrationInput){.n = n,
                                   .n_classes = 2,
                                   .logits = s.logits,
                                   .labels = s.labels,
                                   .unit = m > 1 ? s.unit : NULL,
                                   .n_units = n_units,
                                   .positive = 1,
                                   .fitted_on = LEUKO_FITTED_VALIDATION};
    return s;
}

/* The temperature of the truth is found; the map is not used, as it gains nothing. */
static void test_temperature(void)
{
    g_auto(Sample) s = sample_new(200, 20, too_sure, 1);
    double t;
    LeukoProbabilityMap map = leuko_calibration_fit(&s.in, &t);
    g_assert_cmpfloat_with_epsilon(t, 3, 0.2);
    g_assert_cmpfloat(map.loss_after, <, map.loss_before);
    g_assert_cmpint(map.isotonic, ==, LEUKO_ISOTONIC_NOT_BETTER);
    g_assert_true(map.n_knots == 0 && isfinite(map.cv_se));
    g_assert_true(map.n_images == 4000 && map.n_groups == 200);
}

/* Few images without an error do not make probabilities of 0 and 1. */
static void test_separation(void)
{
    g_auto(Sample) s = sample_new(4, 10, one_sided, 1);
    double t;
    for (guint i = 0; i < s.in.n; i++) {
        s.labels[i] = i % 2;
        s.logits[2 * i + 1] = i % 2 ? 3 : -3;
    }
    leuko_calibration_fit(&s.in, &t);
    g_assert_cmpfloat(t, >, 0.4);
    g_assert_cmpfloat(t, <, 1);
}

/* Where no temperature fits, isotonic regression is used, is near the truth, rises strictly, and
 * lowers the log-loss of new images. */
static void test_isotonic(void)
{
    g_auto(Sample) s = sample_new(100, 20, one_sided, 2);
    g_auto(Sample) new = sample_new(100, 20, one_sided, 3);
    const LeukoProbabilityMap none = leuko_probability_map_none();
    double t, with = 0, without = 0;
    LeukoProbabilityMap map = leuko_calibration_fit(&s.in, &t);
    g_assert_cmpint(map.isotonic, ==, LEUKO_ISOTONIC_USED);
    g_assert_null(leuko_probability_map_check(&map));
    g_assert_cmpuint(map.n_knots, >=, 4);
    g_assert_cmpfloat(map.cv_isotonic, <, map.cv_temperature - map.cv_se);
    for (guint i = 0; i < new.in.n; i++) {
        double p[2], q[2];
        leuko_probabilities(&map, t, 1, new.logits + 2 * i, 2, p);
        leuko_probabilities(&none, t, 1, new.logits + 2 * i, 2, q);
        with -= log(p[new.labels[i]]) / new.in.n;
        without -= log(q[new.labels[i]]) / new.in.n;
    }
    g_test_message("log-loss of new images %.4f, temperature alone %.4f", with, without);
    g_assert_cmpfloat(with, <, without - 0.02);
}

/* Calibrated logits choose the map seldom: it must win by more than a standard error. */
static void test_false_choice(void)
{
    guint used = 0;
    for (guint i = 0; i < 100; i++) {
        g_auto(Sample) s = sample_new(25, 16, too_sure, 100 + i);
        double t;
        used += leuko_calibration_fit(&s.in, &t).isotonic == LEUKO_ISOTONIC_USED;
    }
    g_test_message("used in %u of 100", used);
    g_assert_cmpuint(used, <=, 10);
}

/* Too few groups or images, and other classes than two, keep the temperature alone and say why. */
static void test_not_tried(void)
{
    g_auto(Sample) groups = sample_new(19, 50, one_sided, 5);
    g_auto(Sample) images = sample_new(399, 1, one_sided, 5);
    double t;
    g_assert_cmpint(leuko_calibration_fit(&groups.in, &t).isotonic, ==, LEUKO_ISOTONIC_TOO_FEW);
    g_assert_cmpint(leuko_calibration_fit(&images.in, &t).isotonic, ==, LEUKO_ISOTONIC_TOO_FEW);
    groups.in.positive = -1;
    g_assert_cmpint(leuko_calibration_fit(&groups.in, &t).isotonic, ==, LEUKO_ISOTONIC_CLASSES);
}

/* Huge logits, equal logits and a single class give a finite temperature and a sound map. */
static void test_edges(void)
{
    for (guint kind = 0; kind < 4; kind++) {
        g_auto(Sample) s = sample_new(60, 20, one_sided, 6);
        double t;
        for (guint i = 0; i < s.in.n; i++) {
            if (kind == 0)
                s.logits[2 * i + 1] *= 1e30f;
            if (kind == 1)
                s.logits[2 * i + 1] = 0;
            if (kind == 2)
                s.labels[i] = 1;
            if (kind == 3)
                s.logits[2 * i + 1] = s.labels[i] ? 1 : -1;
        }
        LeukoProbabilityMap map = leuko_calibration_fit(&s.in, &t);
        g_assert_true(t >= LEUKO_TEMPERATURE_MIN * 0.999 && t <= LEUKO_TEMPERATURE_MAX * 1.001);
        g_assert_null(leuko_probability_map_check(&map));
        g_assert_true(isfinite(map.loss_after));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calibration-fit/temperature", test_temperature);
    g_test_add_func("/calibration-fit/separation", test_separation);
    g_test_add_func("/calibration-fit/isotonic", test_isotonic);
    g_test_add_func("/calibration-fit/false-choice", test_false_choice);
    g_test_add_func("/calibration-fit/not-tried", test_not_tried);
    g_test_add_func("/calibration-fit/edges", test_edges);
    return g_test_run();
}
