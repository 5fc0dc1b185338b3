#include "base/rng.h"
#include "stats/conformal.h"
#include "stats/decide.h"
#include "stats/referral.h"
#include <math.h>

/* n + 1 < 1 / miss units promise nothing on average; fewer than
 * log(1 - confidence) / log(1 - miss) nothing with confidence. */
static void test_cannot_promise(void)
{
    double scores[18], losses[59] = {0};
    for (guint i = 0; i < G_N_ELEMENTS(scores); i++)
        scores[i] = i;
    g_assert_true(isinf(leuko_conformal_quantile(scores, NULL, 18, 0, 0.05)));
    g_assert_cmpfloat(leuko_conformal_quantile(scores, NULL, 9, 0, 0.1), ==, 8);
    g_assert_true(isinf(leuko_conformal_quantile(scores, NULL, 0, 0, 0.5)));
    g_assert_cmpuint(leuko_conformal_units_on_average(0.05), ==, 19);
    g_assert_cmpuint(leuko_conformal_units_on_average(0.1), ==, 9);
    g_assert_cmpuint(leuko_conformal_units_on_average(0.3), ==, 3);
    g_assert_cmpuint(leuko_conformal_units_with_confidence(0.05, 0.9), ==, 45);
    g_assert_cmpuint(leuko_conformal_units_with_confidence(0.05, 0.95), ==, 59);
    g_assert_true(leuko_conformal_mean_is_below(losses, 59, 59, 0, 0.05, 0.95));
    g_assert_false(leuko_conformal_mean_is_below(losses, 58, 580, 0, 0.05, 0.95));
    g_assert_true(leuko_conformal_share_is_below(0, 59, 0.05, 0.95));
    g_assert_false(leuko_conformal_share_is_below(0, 58, 0.05, 0.95));
    g_assert_false(leuko_conformal_share_is_below(0, 0, 0.05, 0.95));
}

/* Upper Clopper-Pearson bounds of scipy.stats.binomtest(k, n).proportion_ci(0.8): 3 of 150 is below
 * 0.0442 with confidence 0.9, 4 of 150 below 0.0527. */
static void test_share(void)
{
    g_assert_true(leuko_conformal_share_is_below(3, 150, 0.0443, 0.9));
    g_assert_false(leuko_conformal_share_is_below(3, 150, 0.0439, 0.9));
    g_assert_false(leuko_conformal_share_is_below(4, 150, 0.05, 0.9));
}

static gboolean mean_is_below(const double *losses, guint n, guint n_images, double bound,
                              double confidence)
{
    return leuko_conformal_mean_is_below(losses, n, n_images,
                                         leuko_conformal_correction(n, n_images, confidence), bound,
                                         confidence);
}

/* Upper bounds by Korn and Graubard's formulas, with beta.ppf and t.ppf of SciPy 1.17.1. */
static void test_mean(void)
{
    double ten[100] = {0}, one[50] = {1}, equal[60];
    for (guint i = 0; i < 60; i++) {
        equal[i] = 0.02;
        ten[i] = i < 10 ? 0.3 : 0;
    }
    const struct {
        const double *losses;
        guint n, n_images;
        double confidence, bound;
    } cases[] = {{ten, 100, 2000, 0.9, 0.04533196871333461},
                 {ten, 100, 2000, 0.95, 0.04976026949890267},
                 {one, 50, 1000, 0.9, 0.07768928994991298},
                 {equal, 60, 600, 0.9, 0.029493013628014278}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(mean_is_below(cases[i].losses, cases[i].n, cases[i].n_images,
                                    cases[i].bound + 1e-9, cases[i].confidence));
        g_assert_false(mean_is_below(cases[i].losses, cases[i].n, cases[i].n_images,
                                     cases[i].bound - 1e-9, cases[i].confidence));
    }
}

enum { N = 400, CELLS = 4 };

typedef struct {
    gint labels[N], decisions[N];
    double p[2 * N];
    guint units[N];
} Sample;

/* Two classes in turns, log-odds of class 1 normal around -+shift / 2, four images a unit. */
static Sample *sample(double shift, guint64 seed)
{
    Sample *s = g_new(Sample, 1);
    LeukoRng rng;
    leuko_rng_init(&rng, seed, "referral", 0);
    for (guint i = 0; i < N; i++) {
        s->units[i] = i / CELLS;
        s->labels[i] = s->units[i] % 2;
        double z = leuko_rng_normal(&rng) + (s->labels[i] ? shift : -shift) / 2;
        s->p[2 * i + 1] = 1 / (1 + exp(-z));
        s->p[2 * i] = 1 - s->p[2 * i + 1];
        s->decisions[i] = leuko_decide(s->p + 2 * i, 2, 1, 0.5);
    }
    return s;
}

static LeukoReferral *fit(const Sample *s, guint n, gboolean by_groups)
{
    return leuko_referral_fit(&(LeukoReferralInput){.n = n,
                                                    .n_classes = 2,
                                                    .labels = s->labels,
                                                    .probabilities = s->p,
                                                    .decisions = s->decisions,
                                                    .units = by_groups ? s->units : NULL,
                                                    .n_units = n / CELLS,
                                                    .miss_bound = 0.05,
                                                    .confidence = 0.9});
}

/* Enough images promise with confidence, fewer on average, few nothing; groups count, not
 * images. */
static void test_promises(void)
{
    g_autofree Sample *s = sample(2, 1);
    const struct {
        guint n;
        gboolean by_groups;
        LeukoPromise promise;
    } cases[] = {{N, FALSE, LEUKO_PROMISE_CONFIDENT}, {N, TRUE, LEUKO_PROMISE_CONFIDENT},
                 {40, FALSE, LEUKO_PROMISE_AVERAGE},  {200, TRUE, LEUKO_PROMISE_AVERAGE},
                 {32, FALSE, LEUKO_PROMISE_NONE},     {96, TRUE, LEUKO_PROMISE_NONE}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(LeukoReferral) r = fit(s, cases[i].n, cases[i].by_groups);
        for (guint k = 0; k < 2; k++) {
            g_assert_cmpuint(r->classes[k].promise, ==, cases[i].promise);
            g_assert_cmpuint(r->classes[k].n, ==, cases[i].n / 2);
        }
    }
}

/* On the images of the fit, the share missed is below the bound; without a
 * promise every image is answered, and classes that are far apart need no referral. */
static void test_share_missed(void)
{
    const double shifts[] = {1, 2, 4, 12};
    for (guint t = 0; t < 2 * G_N_ELEMENTS(shifts); t++) {
        g_autofree Sample *s = sample(shifts[t / 2], t);
        g_autoptr(LeukoReferral) r = fit(s, N, t % 2 > 0);
        guint missed[2] = {0}, answered[2] = {0};
        for (guint i = 0; i < N; i++) {
            if (leuko_referral_rival(r, s->p + 2 * i, s->decisions[i]) >= 0)
                continue;
            answered[s->labels[i]]++;
            missed[s->labels[i]] += s->decisions[i] != s->labels[i];
        }
        for (guint k = 0; k < 2; k++)
            g_assert_cmpfloat(missed[k], <=, 0.05 * N / 2);
        if (shifts[t / 2] == 12)
            g_assert_cmpuint(answered[0] + answered[1], ==, N);
        if (shifts[t / 2] == 1)
            g_assert_cmpuint(answered[0] + answered[1], <, N / 2);
    }
    double p[2] = {0.49, 0.51};
    g_autoptr(LeukoReferral) none = leuko_referral_new(2);
    g_assert_cmpint(leuko_referral_rival(none, p, 1), ==, -1);
    g_assert_cmpint(leuko_referral_rival(NULL, p, 1), ==, -1);
}

/* Of three classes, the likeliest that cannot be ruled out is named; log-odds are cut off. */
static void test_rival(void)
{
    const double p[3] = {0.6, 0.3, 0.1}, certain[3] = {1, 0, 0};
    g_autoptr(LeukoReferral) r = leuko_referral_new(3);
    g_assert_cmpfloat_with_epsilon(leuko_odds_against(p, 3, 1), log(0.7 / 0.3), 1e-12);
    g_assert_cmpfloat(leuko_odds_against(certain, 3, 1), ==, LEUKO_ODDS_MAX);
    g_assert_cmpfloat(leuko_odds_against(certain, 3, 0), ==, -LEUKO_ODDS_MAX);
    for (guint k = 0; k < 3; k++)
        r->classes[k] = (LeukoReferralClass){LEUKO_PROMISE_CONFIDENT, 3, 100, 100};
    g_assert_cmpint(leuko_referral_rival(r, p, 0), ==, 1);
    r->classes[1].limit = 0;
    g_assert_cmpint(leuko_referral_rival(r, p, 0), ==, 2);
    r->classes[2].limit = 2;
    g_assert_cmpint(leuko_referral_rival(r, p, 0), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/referral/cannot-promise", test_cannot_promise);
    g_test_add_func("/referral/share", test_share);
    g_test_add_func("/referral/mean", test_mean);
    g_test_add_func("/referral/promises", test_promises);
    g_test_add_func("/referral/share-missed", test_share_missed);
    g_test_add_func("/referral/rival", test_rival);
    return g_test_run();
}
