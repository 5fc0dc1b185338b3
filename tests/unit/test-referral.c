#include "base/rng.h"
#include "stats/conformal.h"
#include "stats/decide.h"
#include "stats/referral.h"
#include <math.h>

/* Sums over units; a NULL: every image counts. */
static LeukoUnitSums sums_of(const double *m, const double *a, guint n)
{
    LeukoUnitSums s = {.n_units = n};
    for (guint u = 0; u < n; u++)
        leuko_unit_sums_change(&s, 0, 0, m[u], a ? a[u] : 1);
    return s;
}

static gboolean ratio_is_below(const double *m, const double *a, guint n, guint n_images,
                               double bound, double confidence)
{
    LeukoUnitSums s = sums_of(m, a, n);
    return leuko_conformal_ratio_is_below(
        &s, n_images, leuko_conformal_correction(n, n_images, confidence), bound, confidence);
}

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
    g_assert_true(ratio_is_below(losses, NULL, 59, 59, 0.05, 0.95));
    g_assert_false(ratio_is_below(losses, NULL, 58, 580, 0.05, 0.95));
    LeukoUnitSums few = sums_of(losses, NULL, 18), enough = sums_of(losses, NULL, 19);
    g_assert_false(leuko_conformal_ratio_is_below_on_average(&few, 0.05));
    g_assert_true(leuko_conformal_ratio_is_below_on_average(&enough, 0.05));
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

/* Upper bounds by the formulas of stats/conformal.h, with beta.ppf and t.ppf of SciPy 1.17.1. A
 * change and its reverse leave the sums as they were. */
static void test_ratio(void)
{
    double ten[100] = {0}, one[50] = {1}, equal[100], all[80], answered[80], part[80];
    for (guint i = 0; i < 100; i++) {
        equal[i] = 0.02;
        ten[i] = i < 10 ? 0.3 : 0;
    }
    for (guint i = 0; i < 80; i++) {
        all[i] = i % 7 / 7.0 * 0.2;
        answered[i] = 0.5 + 0.5 * (i % 3) / 2.0;
        part[i] = all[i] * answered[i];
    }
    const struct {
        const double *m, *a;
        guint n, n_images;
        double confidence, bound;
    } cases[] = {{ten, NULL, 100, 2000, 0.9, 0.04561238709696262},
                 {ten, NULL, 100, 2000, 0.95, 0.05012679586050238},
                 {one, NULL, 50, 1000, 0.9, 0.07768928994991289},
                 {equal, NULL, 100, 1000, 0.9, 0.02699999061702937},
                 {all, NULL, 80, 1600, 0.9, 0.09473321767473747},
                 {part, answered, 80, 1200, 0.9, 0.0958294343342459}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_true(ratio_is_below(cases[i].m, cases[i].a, cases[i].n, cases[i].n_images,
                                     cases[i].bound + 1e-9, cases[i].confidence));
        g_assert_false(ratio_is_below(cases[i].m, cases[i].a, cases[i].n, cases[i].n_images,
                                      cases[i].bound - 1e-9, cases[i].confidence));
    }
    LeukoUnitSums s = sums_of(part, answered, 80), before = s;
    leuko_unit_sums_change(&s, part[3], answered[3], 0.7, 0.9);
    g_assert_cmpfloat(s.mma, >, before.mma);
    leuko_unit_sums_change(&s, 0.7, 0.9, part[3], answered[3]);
    g_assert_cmpfloat_with_epsilon(s.mma, before.mma, 1e-12);
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

static LeukoReferral *fit_of(const Sample *s, guint n, gboolean by_groups, gboolean of_all)
{
    return leuko_referral_fit(&(LeukoReferralInput){.n = n,
                                                    .n_classes = 2,
                                                    .labels = s->labels,
                                                    .probabilities = s->p,
                                                    .decisions = s->decisions,
                                                    .units = by_groups ? s->units : NULL,
                                                    .n_units = n / CELLS,
                                                    .miss_bound = 0.05,
                                                    .confidence = 0.9,
                                                    .of_all = of_all});
}

static LeukoReferral *fit(const Sample *s, guint n, gboolean by_groups)
{
    return fit_of(s, n, by_groups, TRUE);
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

/* On the images of the fit, the share missed among the answered images is below the bound, and more
 * images are referred than for a bound on all images; where that would leave one class unanswered,
 * the bound is on all images. */
static void test_share_of_answered(void)
{
    const double shifts[] = {0.2, 3, 4, 12};
    for (guint t = 0; t < 2 * G_N_ELEMENTS(shifts); t++) {
        g_autofree Sample *s = sample(shifts[t / 2], t);
        g_autoptr(LeukoReferral) r = fit_of(s, N, t % 2 > 0, FALSE);
        g_autoptr(LeukoReferral) all = fit(s, N, t % 2 > 0);
        guint missed[2] = {0}, answered[2] = {0};
        g_assert_true(all->of_all);
        g_assert_cmpint(r->of_all, ==, shifts[t / 2] == 0.2);
        for (guint i = 0; !r->of_all && i < N; i++) {
            if (leuko_referral_rival(r, s->p + 2 * i, s->decisions[i]) >= 0)
                continue;
            answered[s->labels[i]]++;
            missed[s->labels[i]] += s->decisions[i] != s->labels[i];
        }
        for (guint k = 0; k < 2; k++) {
            g_assert_cmpfloat(missed[k], <=, 0.05 * answered[k]);
            g_assert_cmpfloat(r->classes[k].limit, >=, all->classes[k].limit);
        }
        if (shifts[t / 2] == 12)
            g_assert_cmpuint(answered[0] + answered[1], ==, N);
    }
}

/* By units and on average, the limit is the conformal quantile of the wrong decisions' log-odds. */
static void test_average(void)
{
    g_autofree Sample *s = sample(2, 3);
    g_autoptr(LeukoReferral) r = fit(s, 200, TRUE);
    for (guint k = 0; k < 2; k++) {
        double scores[100];
        guint units[100], n = 0;
        for (guint i = 0; i < 200; i++) {
            if (s->labels[i] != (gint)k)
                continue;
            scores[n] = s->decisions[i] == (gint)k ? -LEUKO_ODDS_MAX
                                                   : leuko_odds_against(s->p + 2 * i, 2, k);
            units[n++] = s->units[i];
        }
        g_assert_cmpuint(r->classes[k].promise, ==, LEUKO_PROMISE_AVERAGE);
        g_assert_cmpfloat(r->classes[k].limit, ==,
                          leuko_conformal_quantile(scores, units, n, N / CELLS, 0.05));
    }
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
    g_test_add_func("/referral/ratio", test_ratio);
    g_test_add_func("/referral/promises", test_promises);
    g_test_add_func("/referral/share-missed", test_share_missed);
    g_test_add_func("/referral/share-of-answered", test_share_of_answered);
    g_test_add_func("/referral/average", test_average);
    g_test_add_func("/referral/rival", test_rival);
    return g_test_run();
}
