/* bench/conformal.c: do the limits of stats/referral.h keep their promise, and what do they cost?
 *
 *     build/bench/bench-conformal answered|all [REPLICATES [AUC]]    (2000; 0.85, 0.95 and 0.99)
 *
 * Two classes. The log-odds of an image are normal with variance 1 around -+shift / 2, of which the
 * stated share (ICC) lies between patients. U patients (or images, with C = 1) of each class;
 * "mixed": U patients in all, each with C images of both classes.
 * answered, all  the share missed is of the answered images of a class, or of all its images;
 *            "of all" tells the share of replicates in which only that can be promised
 * holds      share of replicates in which the true share missed of a class (answered as the other
 *            one) is at most 0.05; the promise is 0.9
 * on average mean of the true share missed over replicates; the promise is 0.05
 * answered   mean share of answered images, minus that of the oracle: the narrowest band about the
 *            threshold whose true shares missed are at most 0.05
 * 2,000 replicates give "holds" a standard error of 0.007.
 */
#include "base/rng.h"
#include "stats/distribution.h"
#include "stats/referral.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOUND      0.05
#define CONFIDENCE 0.9

typedef struct {
    guint n_units, n_cells;
    gboolean mixed, by_groups, of_all;
    double auc, icc;
} Setting;

typedef struct {
    double low, high; /* answered as class 0 below `low`, as class 1 from `high` on */
} Band;

typedef struct {
    double missed, answered; /* shares of the images of one class */
} Truth;

/* Of class k, whose log-odds are normal with mean +-shift / 2 and variance 1. */
static Truth truth(Band b, double shift, guint k, gboolean of_all)
{
    double mean = (k ? shift : -shift) / 2;
    double below = leuko_normal_cdf(b.low - mean), above = leuko_normal_cdf(mean - b.high),
           wrong = k ? below : above, answered = below + above;
    return (Truth){of_all ? wrong : answered > 0 ? wrong / answered : 0, answered};
}

/* Both classes mirror each other, and so does the band. */
static double oracle(double shift, gboolean of_all)
{
    double width = 0, low = 0, high = 20;
    if (truth((Band){0, 0}, shift, 1, of_all).missed > BOUND)
        for (guint i = 0; i < 60; i++) {
            width = (low + high) / 2;
            if (truth((Band){-width, width}, shift, 1, of_all).missed > BOUND)
                low = width;
            else
                high = width;
        }
    return truth((Band){-width, width}, shift, 1, of_all).answered;
}

static void draw(const Setting *s, double shift, guint replicate, LeukoReferralInput *in,
                 gint *labels, double *p, gint *decisions, guint *units)
{
    LeukoRng rng;
    guint i = 0, n_patients = s->mixed ? s->n_units : 2 * s->n_units;
    leuko_rng_init(&rng, 3, "conformal", replicate);
    for (guint u = 0; u < n_patients; u++) {
        double effect = sqrt(s->icc) * leuko_rng_normal(&rng);
        for (guint c = 0; c < (s->mixed ? 2 : 1) * s->n_cells; c++, i++) {
            labels[i] = (s->mixed ? c : u) % 2;
            units[i] = u;
            double z = effect + sqrt(1 - s->icc) * leuko_rng_normal(&rng) +
                       (labels[i] ? shift : -shift) / 2;
            p[2 * i + 1] = 1 / (1 + exp(-z));
            p[2 * i] = 1 / (1 + exp(z));
            decisions[i] = z >= 0;
        }
    }
    *in = (LeukoReferralInput){.n = i,
                               .n_classes = 2,
                               .labels = labels,
                               .probabilities = p,
                               .decisions = decisions,
                               .units = s->by_groups ? units : NULL,
                               .n_units = n_patients,
                               .miss_bound = BOUND,
                               .confidence = CONFIDENCE,
                               .of_all = s->of_all};
}

static void simulate(Setting s, guint replicates)
{
    guint n = 2 * s.n_units * s.n_cells, of_all = 0;
    double shift = leuko_normal_quantile(s.auc) * G_SQRT2, held[2] = {0}, missed[2] = {0},
           answered = 0;
    const char *promise = "";
    g_autofree gint *labels = g_new(gint, n), *decisions = g_new(gint, n);
    g_autofree double *p = g_new(double, 2 * n);
    g_autofree guint *units = g_new(guint, n);
    for (guint i = 0; i < replicates; i++) {
        LeukoReferralInput in;
        draw(&s, shift, i, &in, labels, p, decisions, units);
        g_autoptr(LeukoReferral) r = leuko_referral_fit(&in);
        const LeukoReferralClass *c = r->classes;
        of_all += r->of_all ? 1 : 0;
        promise = leuko_promise_name(c[1].promise);
        Band b = {c[1].promise ? MIN(0, -c[1].limit) : 0, c[0].promise ? MAX(0, c[0].limit) : 0};
        for (guint k = 0; k < 2; k++) {
            Truth t = truth(b, shift, k, r->of_all);
            held[k] += t.missed <= BOUND ? 1 : 0;
            missed[k] += t.missed;
            answered += t.answered / 2;
        }
    }
    double best = oracle(shift, s.of_all);
    printf("%u %s, %u cells, AUC %.2f, ICC %.1f: promise %s, of all %.3f, holds %.3f %.3f, on "
           "average %.4f "
           "%.4f, answered %.3f (oracle %+.3f)\n",
           s.n_units,
           s.mixed       ? "mixed patients"
           : s.by_groups ? "patients"
                         : "images",
           s.n_cells, s.auc, s.icc, promise, (double)of_all / replicates, held[0] / replicates,
           held[1] / replicates, missed[0] / replicates, missed[1] / replicates,
           answered / replicates, answered / replicates - best);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    gboolean of_all = argc > 1 && strcmp(argv[1], "all") == 0;
    guint replicates = argc > 2 ? (guint)atoi(argv[2]) : 2000;
    const double aucs[] = {0.85, 0.95, 0.99};
    const guint sizes[] = {10, 20, 40, 60, 100, 200};
    for (guint a = 0; a < G_N_ELEMENTS(aucs); a++) {
        if (argc > 3 && fabs(atof(argv[3]) - aucs[a]) > 1e-6)
            continue;
        for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
            for (guint j = 0; j < 2; j++)
                simulate((Setting){sizes[i], 20, FALSE, TRUE, of_all, aucs[a], j ? 0.6 : 0.2},
                         replicates);
            simulate((Setting){sizes[i], 20, TRUE, TRUE, of_all, aucs[a], 0.2}, replicates);
        }
        simulate((Setting){100, 1, FALSE, FALSE, of_all, aucs[a], 0}, replicates);
        simulate((Setting){1000, 1, FALSE, FALSE, of_all, aucs[a], 0}, replicates);
    }
    return 0;
}
