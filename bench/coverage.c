/* bench/coverage.c: how often the 95 % intervals hold the true value, on simulated images.
 *
 *     build/bench/bench-coverage [REPLICATES [PATIENTS]]    (2000; 20, 30, 40, 60 and 100)
 *
 * Wilson       k of n successes; the share of samples whose interval holds p, exact (no simulation)
 * DeLong       two classes of normal scores, 10 to 100 images each, true AUC stated
 * Korn-Graubard  a share over groups of 20 images; ten times the replicates
 * patients     one class a patient, half the patients positive, C cells each; score = class mean +
 *              patient effect + noise, with the stated share of variance (ICC) between patients.
 *              Sensitivity, accuracy (Korn and Graubard), AUC (Obuchowski), balanced accuracy,
 *              F1 and Matthews' correlation (bootstrap over groups) as leuko_evaluate() gives them.
 *              The scores are normal, so all their true values are known
 * 2,000 replicates give a standard error of 0.005.
 */
#include "base/rng.h"
#include "stats/auc.h"
#include "stats/distribution.h"
#include "stats/metrics.h"
#include "stats/proportion.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const classes[] = {"negative", "positive"};

static guint holds(double low, double high, double truth)
{
    return low <= truth && truth <= high ? 1u : 0u;
}

static void wilson(void)
{
    const guint sizes[] = {10, 50, 100, 500};
    const double shares[] = {0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (guint j = 0; j < G_N_ELEMENTS(shares); j++) {
            guint n = sizes[i];
            double inside = 0, before = 0;
            for (guint k = 0; k <= n; k++) {
                double up_to = leuko_binomial_cdf(k, n, shares[j]);
                LeukoInterval w = leuko_wilson(k, n);
                if (holds(w.low, w.high, shares[j]))
                    inside += up_to - before;
                before = up_to;
            }
            printf("Wilson n %u p %.2f: %.3f\n", n, shares[j], inside);
        }
}

static void delong(guint m, double auc, guint replicates)
{
    double shift = leuko_normal_quantile(auc) * G_SQRT2;
    guint n = 2 * m, inside = 0;
    g_autofree gint *labels = g_new(gint, n);
    g_autofree gboolean *positive = g_new(gboolean, n);
    g_autofree double *scores = g_new(double, n);
    for (guint r = 0; r < replicates; r++) {
        LeukoRng rng;
        leuko_rng_init(&rng, 1, "delong", r);
        for (guint i = 0; i < n; i++) {
            positive[i] = i < m;
            scores[i] = leuko_rng_normal(&rng) + (positive[i] ? shift : 0);
        }
        LeukoAuc a;
        leuko_auc_compute(&(LeukoAucInput){n, positive, {scores, NULL}, NULL, n}, &a);
        LeukoInterval w = a.auc[0] < 1 ? leuko_auc_logit(a.auc[0], a.covariance[0][0], LEUKO_Z95)
                                       : leuko_auc_newcombe(1, m, m);
        inside += holds(w.low, w.high, auc);
    }
    printf("DeLong %u + %u AUC %.2f: %.3f\n", m, m, auc, (double)inside / replicates);
}

/* Korn and Graubard's interval of a share: g groups of 20 images, a normal effect of each group. */
static void grouped(guint g, double p, double icc, guint replicates)
{
    double shift = leuko_normal_quantile(p);
    guint inside = 0;
    g_autofree guint *stratum = g_new0(guint, g), *hits = g_new(guint, g),
                     *counts = g_new(guint, g);
    for (guint r = 0; r < replicates; r++) {
        LeukoRng rng;
        leuko_rng_init(&rng, 3, "grouped", r);
        for (guint u = 0; u < g; u++) {
            double effect = sqrt(icc) * leuko_rng_normal(&rng);
            counts[u] = 20;
            hits[u] = 0;
            for (guint i = 0; i < counts[u]; i++)
                hits[u] += shift + effect + sqrt(1 - icc) * leuko_rng_normal(&rng) > 0;
        }
        LeukoGroupedProportion k =
            leuko_korn_graubard(&(LeukoGroupedCounts){g, 1, stratum, hits, counts});
        LeukoInterval w = k.all_equal ? leuko_wilson(hits[0] / 20.0 * g, g) : k.interval;
        inside += holds(w.low, w.high, p);
    }
    printf("Korn-Graubard groups %u p %.2f ICC %.1f: %.3f\n", g, p, icc,
           (double)inside / replicates);
    fflush(stdout);
}

typedef struct {
    guint n_patients, n_cells; /* patients in all, cells each */
    double auc, icc;
} Setting;

static void patients(Setting s, guint replicates)
{
    guint n = s.n_patients * s.n_cells, in[6] = {0};
    double shift = leuko_normal_quantile(s.auc) * G_SQRT2,
           sensitivity = leuko_normal_cdf(shift / 2);
    g_autofree gint *labels = g_new(gint, n);
    g_autofree double *p = g_new(double, 2 * n), *scores = g_new(double, n);
    g_autofree const char **groups = g_new(const char *, n);
    for (guint r = 0; r < replicates; r++) {
        LeukoRng rng;
        leuko_rng_init(&rng, 2, "patients", r);
        for (guint g = 0; g < s.n_patients; g++) {
            double effect = sqrt(s.icc) * leuko_rng_normal(&rng);
            g_autofree gchar *name = g_strdup_printf("%04u", g);
            for (guint c = 0; c < s.n_cells; c++) {
                guint i = g * s.n_cells + c;
                labels[i] = g % 2;
                groups[i] = g_intern_string(name);
                scores[i] =
                    (labels[i] ? shift : 0) + effect + sqrt(1 - s.icc) * leuko_rng_normal(&rng);
                p[2 * i + 1] = 1 / (1 + exp(shift / 2 - scores[i]));
                p[2 * i] = 1 - p[2 * i + 1];
            }
        }
        LeukoEvalInput input = {n, 2, classes, labels, p, groups, 1, 0.5, NAN};
        g_autoptr(LeukoEvaluation) e = leuko_evaluate(&input, NULL);
        in[0] += holds(e->sensitivity.low, e->sensitivity.high, sensitivity);
        in[1] += holds(e->accuracy.low, e->accuracy.high, sensitivity);
        in[2] += holds(e->auc.low, e->auc.high, s.auc);
        in[3] += holds(e->balanced_accuracy.low, e->balanced_accuracy.high, sensitivity);
        in[4] += holds(e->f1[1].low, e->f1[1].high, sensitivity);
        in[5] += holds(e->mcc.low, e->mcc.high, 2 * sensitivity - 1);
    }
    static const char *const names[] = {"sensitivity", "accuracy", "AUC", "balanced", "F1", "MCC"};
    printf("patients %u cells %u AUC %.2f ICC %.1f:", s.n_patients, s.n_cells, s.auc, s.icc);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        printf(" %s %.3f", names[i], (double)in[i] / replicates);
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    guint replicates = argc > 1 ? (guint)atoi(argv[1]) : 2000;
    wilson();
    const double aucs[] = {0.7, 0.8, 0.9, 0.95, 0.99};
    const guint sides[] = {10, 20, 50, 100};
    for (guint m = 0; m < G_N_ELEMENTS(sides); m++)
        for (guint i = 0; i < G_N_ELEMENTS(aucs); i++)
            delong(sides[m], aucs[i], replicates);
    const guint numbers[] = {20, 30, 40, 60, 100};
    const double shares[] = {0.6, 0.7, 0.8, 0.9, 0.95, 0.98};
    for (guint g = 0; g < G_N_ELEMENTS(numbers); g++)
        for (guint i = 0; i < G_N_ELEMENTS(shares); i++)
            for (guint j = 0; j < 2; j++)
                grouped(numbers[g] / 2, shares[i], j ? 0.6 : 0.2, 10 * replicates);
    for (guint g = 0; g < G_N_ELEMENTS(numbers); g++)
        if (argc > 2 && (guint)atoi(argv[2]) != numbers[g])
            continue;
        else
            for (guint i = 0; i < 4; i++)
                for (guint j = 0; j < 2; j++)
                    patients((Setting){numbers[g], 20, aucs[i], j ? 0.6 : 0.2}, replicates);
    return 0;
}
