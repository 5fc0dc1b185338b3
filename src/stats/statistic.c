#include "stats/statistic.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct LeukoStatistics {
    guint n, n_classes, n_units;
    const gint *labels, *decided;
    const double *probabilities; /* (n, K) */
    const guint *unit;
    gint positive;
    double *brier;      /* (n) squared error of each record */
    guint **descending; /* (K) record indices by falling probability of class k; K = 2: [1] and
                           [positive] only, NULL otherwise */
    double *confusion;  /* (K truth, K predicted), weighted: workspace of the computation */
};

typedef struct {
    const double *column;
    guint stride;
} SortKey;

static gint by_falling(gconstpointer a, gconstpointer b, gpointer data)
{
    const SortKey *key = data;
    guint i = *(const guint *)a, j = *(const guint *)b;
    double x = key->column[(gsize)i * key->stride], y = key->column[(gsize)j * key->stride];
    return x < y ? 1 : x > y ? -1 : 0;
}

static guint *falling_order(const LeukoStatistics *s, guint k)
{
    guint *order = g_new(guint, s->n);
    for (guint i = 0; i < s->n; i++)
        order[i] = i;
    SortKey key = {s->probabilities + k, s->n_classes};
    g_qsort_with_data(order, (gint)s->n, sizeof *order, by_falling, &key);
    return order;
}

static double squared_error(const LeukoStatistics *s, guint i)
{
    const double *p = s->probabilities + (gsize)i * s->n_classes;
    double sum = 0;
    for (guint k = 0; k < s->n_classes; k++) {
        double e = p[k] - (s->labels[i] == (gint)k ? 1 : 0);
        sum += e * e;
    }
    return s->n_classes == 2 ? sum / 2 : sum;
}

LeukoStatistics *leuko_statistics_new(guint n, guint n_classes, const gint *labels,
                                      const gint *decided, const double *probabilities,
                                      const guint *unit, guint n_units, gint positive)
{
    LeukoStatistics *s = g_new0(LeukoStatistics, 1);
    *s = (LeukoStatistics){.n = n,
                           .n_classes = n_classes,
                           .n_units = n_units,
                           .labels = labels,
                           .decided = decided,
                           .probabilities = probabilities,
                           .unit = unit,
                           .positive = positive};
    s->brier = g_new(double, n);
    for (guint i = 0; i < n; i++)
        s->brier[i] = squared_error(s, i);
    s->descending = g_new0(guint *, n_classes);
    for (guint k = 0; k < n_classes; k++)
        if (n_classes > 2 || k == 1 || (gint)k == positive)
            s->descending[k] = falling_order(s, k);
    s->confusion = g_new0(double, (gsize)n_classes *n_classes);
    return s;
}

void leuko_statistics_free(LeukoStatistics *s)
{
    if (!s)
        return;
    for (guint k = 0; k < s->n_classes; k++)
        g_free(s->descending[k]);
    g_free(s->descending);
    g_free(s->brier);
    g_free(s->confusion);
    g_free(s);
}

guint leuko_statistics_count(const LeukoStatistics *s)
{
    return LEUKO_STAT_FIRST + 4 * s->n_classes;
}

guint leuko_stat_recall(const LeukoStatistics *s, guint k)
{
    (void)s;
    return LEUKO_STAT_FIRST + k;
}
guint leuko_stat_precision(const LeukoStatistics *s, guint k)
{
    return LEUKO_STAT_FIRST + s->n_classes + k;
}
guint leuko_stat_f1(const LeukoStatistics *s, guint k)
{
    return LEUKO_STAT_FIRST + 2 * s->n_classes + k;
}
guint leuko_stat_class_auc(const LeukoStatistics *s, guint k)
{
    return LEUKO_STAT_FIRST + 3 * s->n_classes + k;
}

/* One pass over the records by falling score, a block of equal scores at a time.
 * auc               sum over pairs of (positive above negative) + half the ties
 * average_precision sum of (recall step) x (precision at its end), as scikit-learn; may be NULL */
static void rank_pass(const LeukoStatistics *s, guint k, const guint *weights, double *auc,
                      double *average_precision)
{
    const guint *order = s->descending[k];
    double positives = 0, negatives = 0, pairs = 0, precision_sum = 0;
    for (guint i = 0; i < s->n;) {
        double score = s->probabilities[(gsize)order[i] * s->n_classes + k];
        double p = 0, q = 0;
        do { /* at least one record: a score that is not a number equals nothing */
            guint w = weights[s->unit[order[i]]];
            if (s->labels[order[i]] == (gint)k)
                p += w;
            else
                q += w;
            i++;
        } while (i < s->n && s->probabilities[(gsize)order[i] * s->n_classes + k] == score);
        pairs += q * (positives + 0.5 * p);
        positives += p;
        negatives += q;
        if (p > 0)
            precision_sum += p * positives / (positives + negatives);
    }
    *auc = pairs / (positives * negatives); /* 0/0 is NAN: a class is absent */
    if (average_precision)
        *average_precision = precision_sum / positives;
}

/* Accuracy, recalls, precisions and F1s from the confusion matrix. */
static void from_confusion(const LeukoStatistics *s, double *out)
{
    guint n_classes = s->n_classes;
    double right = 0, all = 0, recalls = 0, f1s = 0;
    for (guint k = 0; k < n_classes; k++) {
        double truth = 0, decided = 0, hit = s->confusion[k * n_classes + k];
        for (guint j = 0; j < n_classes; j++) {
            truth += s->confusion[k * n_classes + j];
            decided += s->confusion[j * n_classes + k];
        }
        out[leuko_stat_recall(s, k)] = hit / truth;
        out[leuko_stat_precision(s, k)] = hit / decided;
        out[leuko_stat_f1(s, k)] = 2 * hit / (truth + decided);
        recalls += hit / truth;
        f1s += 2 * hit / (truth + decided);
        right += hit;
        all += truth;
    }
    out[LEUKO_STAT_ACCURACY] = right / all;
    out[LEUKO_STAT_BALANCED] = recalls / n_classes;
    out[LEUKO_STAT_MACRO_F1] = f1s / n_classes;
}

void leuko_statistics_compute(const LeukoStatistics *s, const guint *weights, double *out)
{
    guint n_classes = s->n_classes;
    double squares = 0, all = 0;
    memset(s->confusion, 0, sizeof(double) * n_classes * n_classes);
    for (guint i = 0; i < s->n; i++) {
        guint w = weights[s->unit[i]];
        s->confusion[(guint)s->labels[i] * n_classes + (guint)s->decided[i]] += w;
        squares += w * s->brier[i];
        all += w;
    }
    from_confusion(s, out);
    out[LEUKO_STAT_BRIER] = squares / all;
    out[LEUKO_STAT_AVERAGE_PRECISION] = NAN;
    double sum = 0;
    for (guint k = 0; k < n_classes; k++) {
        double *auc = &out[leuko_stat_class_auc(s, k)];
        if (s->descending[k])
            rank_pass(s, k, weights, auc,
                      (gint)k == s->positive ? &out[LEUKO_STAT_AVERAGE_PRECISION] : NULL);
    }
    if (n_classes == 2) /* p of class 0 is 1 - p of class 1: the same curve */
        out[leuko_stat_class_auc(s, 0)] = out[leuko_stat_class_auc(s, 1)];
    for (guint k = 0; k < n_classes; k++)
        sum += out[leuko_stat_class_auc(s, k)];
    out[LEUKO_STAT_AUC] = sum / n_classes;
}

double leuko_ece(guint n, guint n_classes, const gint *labels, const double *probabilities,
                 gint positive, guint n_bins)
{
    g_autofree double *sums = g_new0(double, n_bins); /* of probability minus outcome */
    for (guint i = 0; i < n; i++) {
        const double *p = probabilities + (gsize)i * n_classes;
        gint k = positive;
        if (k < 0) {
            k = 0;
            for (guint j = 1; j < n_classes; j++)
                if (p[j] > p[k])
                    k = (gint)j;
        }
        guint bin = MIN((guint)(p[k] * n_bins), n_bins - 1);
        sums[bin] += p[k] - (labels[i] == k ? 1 : 0);
    }
    double total = 0;
    for (guint b = 0; b < n_bins; b++)
        total += fabs(sums[b]);
    return total / n;
}
