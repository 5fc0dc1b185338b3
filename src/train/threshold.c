#include "train/threshold.h"
#include <math.h>
#include <stdlib.h>

typedef struct {
    double score;
    gboolean positive;
} Scored;

static int by_score(const void *a, const void *b)
{
    double x = ((const Scored *)a)->score, y = ((const Scored *)b)->score;
    return (x > y) - (x < y);
}

double leuko_best_threshold(const double *scores, const gboolean *positives, gsize n_rows)
{
    g_autofree Scored *s = g_new(Scored, n_rows);
    double n[2] = {0, 0};
    for (gsize i = 0; i < n_rows; i++) {
        s[i] = (Scored){scores[i], positives[i] != FALSE};
        n[s[i].positive]++;
    }
    if (n[0] == 0 || n[1] == 0)
        return 0.5;
    qsort(s, n_rows, sizeof *s, by_score);
    double true_positives = n[1], true_negatives = 0, best = -1, threshold = 0.5;
    for (gsize i = 0; i <= n_rows; i++) { /* rows before i are predicted negative */
        double below = i == 0 ? 0 : s[i - 1].score, above = i == n_rows ? 1 : s[i].score;
        double balanced = 0.5 * (true_positives / n[1] + true_negatives / n[0]);
        double t = CLAMP(0.5, below + 0.25 * (above - below), above - 0.25 * (above - below));
        gboolean better = balanced > best + 1e-12;
        if (above > below &&
            (better || (balanced > best - 1e-12 && fabs(t - 0.5) < fabs(threshold - 0.5)))) {
            best = balanced;
            threshold = t;
        }
        if (i < n_rows)
            *(s[i].positive ? &true_positives : &true_negatives) += s[i].positive ? -1 : 1;
    }
    return threshold;
}

typedef struct {
    guint n, n_positive, n_decided; /* images: all, of the positive class, decided positive */
} Patient;

/* The share of each group with images of one class; images without a group belong to none. */
static double best_share(const double *scores, const LeukoDataset *validation, gint positive,
                         double threshold)
{
    g_autoptr(GHashTable) patients = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    guint n = leuko_dataset_n_records(validation), n_patients = 0, n_positive = 0;
    for (guint i = 0; i < n; i++) {
        const LeukoRecord *record = leuko_dataset_record(validation, i);
        if (!*record->group)
            continue;
        Patient *p = g_hash_table_lookup(patients, record->group);
        if (!p)
            g_hash_table_insert(patients, (gpointer)record->group, p = g_new0(Patient, 1));
        p->n++;
        p->n_positive += record->label == positive;
        p->n_decided += scores[i] >= threshold;
    }
    g_autofree double *shares = g_new(double, MAX(g_hash_table_size(patients), 1));
    g_autofree gboolean *truths = g_new(gboolean, MAX(g_hash_table_size(patients), 1));
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, patients);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Patient *p = value;
        if (p->n_positive > 0 && p->n_positive < p->n)
            continue;
        shares[n_patients] = (double)p->n_decided / p->n;
        truths[n_patients++] = p->n_positive > 0;
        n_positive += p->n_positive > 0;
    }
    if (n_positive == 0 || n_positive == n_patients)
        return NAN;
    return leuko_best_threshold(shares, truths, n_patients);
}

LeukoDecisionRules leuko_choose_rules(const double *scores, const LeukoDataset *validation,
                                      gint positive)
{
    guint n = leuko_dataset_n_records(validation);
    g_autofree gboolean *positives = g_new(gboolean, n);
    for (guint i = 0; i < n; i++)
        positives[i] = leuko_dataset_record(validation, i)->label == positive;
    LeukoDecisionRules rules = {.threshold = leuko_best_threshold(scores, positives, n)};
    rules.patient_share = best_share(scores, validation, positive, rules.threshold);
    return rules;
}
