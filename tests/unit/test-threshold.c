/* The rules that choose a decision threshold, on simulated patients. */
#include "base/rng.h"
#include "leuko/error.h"
#include "stats/distribution.h"
#include "stats/threshold.h"
#include <math.h>
#include <string.h>

/* Patients of one class each; scores with a random effect of the patient. */
typedef struct {
    LeukoThresholdInput in;
    double *scores;
    gboolean *positives;
    guint *unit;
} Sample;

static void sample_clear(Sample *s)
{
    g_free(s->scores);
    g_free(s->positives);
    g_free(s->unit);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

/* n[k] patients of class k with m images; log-odds -+ distance / 2 + patient + image. */
static Sample sample_new(const guint n[2], guint m, double distance, double patient_sd, guint seed)
{
    guint n_units = n[0] + n[1], all = n_units * m;
    Sample s = {
        .scores = g_new(double, all), .positives = g_new(gboolean, all), .unit = g_new(guint, all)};
    LeukoRng rng;
    leuko_rng_init(&rng, 7, "test", seed);
    for (guint u = 0; u < n_units; u++) {
        double patient = patient_sd * leuko_rng_normal(&rng);
        for (guint j = 0; j < m; j++) {
            double z = (u < n[0] ? -0.5 : 0.5) * distance + patient + leuko_rng_normal(&rng);
            s.scores[u * m + j] = 1 / (1 + exp(-z));
            s.positives[u * m + j] = u >= n[0];
            s.unit[u * m + j] = u;
        }
    }
    s.in = (LeukoThresholdInput){all, s.scores, s.positives, s.unit, n_units};
    return s;
}

static double choose(const LeukoThresholdInput *in, LeukoThresholdRule rule,
                     LeukoThresholdChoice *choice)
{
    double t = NAN;
    *choice = leuko_threshold_choice_none();
    choice->rule = rule;
    g_assert_true(leuko_threshold_choose(in, choice, &t, NULL));
    return t;
}

static double logit(double p) { return log(p / (1 - p)); }

/* The best threshold of 40 images of 4 patients is 0.9947; the rule stays near 0.5 and says how
 * little the images tell. Many patients may move it. */
static void test_few_groups(void)
{
    g_auto(Sample) s = sample_new((guint[]){2, 2}, 10, 4, 0, 1);
    LeukoThresholdChoice few, many;
    for (guint i = 20; i < 40; i++)
        s.scores[i] = 0.9948 + 1e-5 * i;
    s.scores[3] = 0.9946; /* one negative image of many has a high score */
    g_assert_cmpfloat(leuko_best_threshold(s.scores, s.positives, 40), >, 0.994);
    double t = choose(&s.in, leuko_threshold_rule_balanced(), &few);
    g_assert_cmpfloat(t, >, 0.5);
    g_assert_cmpfloat(t, <, 0.93);
    g_assert_cmpuint(few.n_groups, ==, 2);
    g_assert_true(few.n_positive == 20 && few.n_negative == 20);
    g_assert_true(few.low < t && t < few.high);
    g_auto(Sample) big = sample_new((guint[]){60, 60}, 10, 4, 0.3, 2);
    for (guint i = 0; i < big.in.n; i++) /* all scores are two units of log-odds too high */
        big.scores[i] = 1 / (1 + exp(-logit(big.scores[i]) - 2));
    t = choose(&big.in, leuko_threshold_rule_balanced(), &many);
    g_assert_cmpfloat(fabs(logit(t) - 2), <, 0.4);
    g_assert_cmpfloat(many.high - many.low, <, few.high - few.low);
}

/* Perfect separation: 0.5 where it separates, with as many images of each class. */
static void test_separation(void)
{
    g_auto(Sample) s = sample_new((guint[]){4, 4}, 5, 30, 0, 1);
    LeukoThresholdChoice c;
    g_assert_cmpfloat_with_epsilon(choose(&s.in, leuko_threshold_rule_balanced(), &c), 0.5, 1e-9);
}

/* A missed positive that costs more lowers the threshold; so does a higher prevalence. */
static void test_cost(void)
{
    g_auto(Sample) s = sample_new((guint[]){20, 20}, 10, 2, 0.3, 3);
    LeukoThresholdChoice c;
    const LeukoThresholdRule one = {LEUKO_THRESHOLD_COST, NAN, 1, NAN},
                             ten = {LEUKO_THRESHOLD_COST, NAN, 10, NAN},
                             rare = {LEUKO_THRESHOLD_COST, NAN, 10, 0.02};
    double balanced = choose(&s.in, leuko_threshold_rule_balanced(), &c);
    g_assert_cmpfloat(choose(&s.in, one, &c), ==, balanced); /* half of the images are positive */
    g_assert_cmpfloat(choose(&s.in, ten, &c), <, balanced);
    g_assert_cmpfloat(choose(&s.in, rare, &c), >, balanced);
}

/* One class, one image, no image: 0.5 without an interval. */
static void test_absent(void)
{
    const double scores[] = {0.9, 0.95};
    const gboolean positives[] = {TRUE, TRUE};
    for (guint n = 0; n < 3; n++) {
        const LeukoThresholdInput in = {n, scores, positives, NULL, 0};
        LeukoThresholdChoice c;
        g_assert_cmpfloat(choose(&in, leuko_threshold_rule_balanced(), &c), ==, 0.5);
        g_assert_true(isnan(c.low) && isnan(c.high));
    }
}

/* Scores of exactly 0 and 1, all equal scores, and ties keep the threshold inside (0, 1). */
static void test_extreme_scores(void)
{
    const double scores[][4] = {{0, 0, 1, 1}, {1, 1, 0, 0}, {0.3, 0.3, 0.3, 0.3}, {0, 1, 0, 1}};
    const gboolean positives[] = {FALSE, FALSE, TRUE, TRUE};
    for (guint i = 0; i < G_N_ELEMENTS(scores); i++) {
        const LeukoThresholdInput in = {4, scores[i], positives, NULL, 0};
        LeukoThresholdChoice c;
        double t = choose(&in, leuko_threshold_rule_balanced(), &c);
        g_assert_true(t > 0 && t < 1 && c.low > 0 && c.high < 1 && c.low <= t && t <= c.high);
    }
}

/* With independent images the number of misses is the largest whose Clopper-Pearson bound reaches
 * the target: 59 images show 0.95 if none is missed (0.95^59 < 0.05), 58 do not. */
static void test_sensitivity_of_images(void)
{
    const LeukoThresholdRule rule = {LEUKO_THRESHOLD_SENSITIVITY, 0.95, NAN, NAN};
    for (guint n = 58; n <= 59; n++) {
        g_auto(Sample) s = sample_new((guint[]){n, n}, 1, 2, 0, n);
        s.in.unit = NULL;
        LeukoThresholdChoice c = leuko_threshold_choice_none();
        c.rule = rule;
        g_autoptr(GError) error = NULL;
        double t = NAN, least = 1;
        for (guint i = n; i < 2 * n; i++)
            least = fmin(least, s.scores[i]);
        gboolean ok = leuko_threshold_choose(&s.in, &c, &t, &error);
        g_assert_true(ok == (n == 59));
        if (ok) {
            g_assert_cmpfloat(t, <, least);
            g_assert_cmpfloat_with_epsilon(c.sensitivity_bound, pow(0.05, 1.0 / 59), 1e-12);
            g_assert_true(c.low <= t && t <= c.high);
        } else {
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
            g_assert_nonnull(strstr(error->message,
                                    "not reachable with 58 positive validation images: with none "
                                    "missed the lower 95 % bound is 0.950; at least 59"));
        }
    }
}

static double normal_above(double t, double mean, double sd)
{
    return 1 - leuko_normal_cdf((logit(t) - mean) / sd);
}

/* In 400 simulated studies of 20 positive patients with 20 images each, the true sensitivity at the
 * threshold reaches the target in at least 95 % (less two standard errors), with and without a
 * difference between patients. */
static void test_sensitivity_is_kept(void)
{
    const LeukoThresholdRule rule = {LEUKO_THRESHOLD_SENSITIVITY, 0.85, NAN, NAN};
    const double sds[] = {0, 0.5};
    for (guint k = 0; k < G_N_ELEMENTS(sds); k++) {
        guint kept = 0, chosen = 0;
        for (guint i = 0; i < 400; i++) {
            g_auto(Sample) s = sample_new((guint[]){20, 20}, 20, 3, sds[k], 1000 + i);
            LeukoThresholdChoice c = leuko_threshold_choice_none();
            double t;
            c.rule = rule;
            if (!leuko_threshold_choose(&s.in, &c, &t, NULL))
                continue;
            chosen++;
            kept += normal_above(t, 1.5, sqrt(1 + sds[k] * sds[k])) >= rule.target;
        }
        g_test_message("sd %g: chosen in %u, kept in %u", sds[k], chosen, kept);
        g_assert_cmpuint(chosen, >, 380);
        g_assert_cmpfloat((double)kept / chosen, >, 0.95 - 2 * sqrt(0.95 * 0.05 / 400));
    }
}

/* On few patients the rule loses less balanced accuracy than the best threshold of the images. */
static void test_regret(void)
{
    const guint counts[] = {2, 4, 10};
    for (guint k = 0; k < G_N_ELEMENTS(counts); k++) {
        double ours = 0, best = 0;
        for (guint i = 0; i < 200; i++) {
            g_auto(Sample) s =
                sample_new((guint[]){counts[k], counts[k]}, 10, 3, 0.7, 5000 + 200 * k + i);
            LeukoThresholdChoice c;
            double sd = sqrt(1 + 0.7 * 0.7), t[2];
            t[0] = choose(&s.in, leuko_threshold_rule_balanced(), &c);
            t[1] = leuko_best_threshold(s.scores, s.positives, s.in.n);
            for (guint j = 0; j < 2; j++) {
                double right = normal_above(t[j], 1.5, sd) + 1 - normal_above(t[j], -1.5, sd);
                *(j == 0 ? &ours : &best) += right / 2 / 200;
            }
        }
        g_test_message("%u + %u patients: balanced accuracy %.4f, best of the images %.4f",
                       counts[k], counts[k], ours, best);
        g_assert_cmpfloat(ours, >, best + 0.001);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/threshold/few-groups", test_few_groups);
    g_test_add_func("/threshold/separation", test_separation);
    g_test_add_func("/threshold/cost", test_cost);
    g_test_add_func("/threshold/absent", test_absent);
    g_test_add_func("/threshold/extreme-scores", test_extreme_scores);
    g_test_add_func("/threshold/sensitivity-of-images", test_sensitivity_of_images);
    g_test_add_func("/threshold/sensitivity-is-kept", test_sensitivity_is_kept);
    g_test_add_func("/threshold/regret", test_regret);
    return g_test_run();
}
