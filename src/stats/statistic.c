#include "stats/statistic.h"
#include "base/huge-memory.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One value for each of the weight vectors that are computed at once. */
typedef double Lanes __attribute__((vector_size(8 * LEUKO_LANES), aligned(8)));

enum { PREFETCH = 16 }; /* records ahead */

/* One record in the order of a class's probability. */
typedef struct {
    guint unit, label;
    gboolean last; /* of the records with this probability */
} Ranked;

struct LeukoStatistics {
    guint n, n_classes, n_units;
    const gint *labels, *decided;
    const double *probabilities; /* (n, K) */
    const guint *unit;
    gint positive;
    double *brier, *log_loss; /* (n) loss of each record */
    Ranked **descending;      /* (K) records by falling probability of class k; K = 2: [1] and
                            [positive] only, NULL otherwise */
    /* workspace of the computation */
    Lanes *confusion, *pairs;          /* (K truth, K predicted), weighted; (K, K) of rank_pass() */
    double *one_confusion, *one_pairs; /* those of one lane */
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

static Ranked *falling_order(const LeukoStatistics *s, guint k)
{
    g_autofree guint *order = g_new(guint, s->n);
    Ranked *ranked = g_new(Ranked, s->n);
    for (guint i = 0; i < s->n; i++)
        order[i] = i;
    SortKey key = {s->probabilities + k, s->n_classes};
    g_qsort_with_data(order, (gint)s->n, sizeof *order, by_falling, &key);
    for (guint i = 0; i < s->n; i++) {
        gboolean last = i + 1 == s->n || by_falling(&order[i], &order[i + 1], &key) != 0;
        ranked[i] = (Ranked){s->unit[order[i]], (guint)s->labels[order[i]], last};
    }
    return ranked;
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

double leuko_log_loss(double p) { return -log(CLAMP(p, DBL_EPSILON, 1)); }

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
    s->log_loss = g_new(double, n);
    for (guint i = 0; i < n; i++) {
        double p = probabilities[(gsize)i * n_classes + (guint)labels[i]];
        s->brier[i] = squared_error(s, i);
        s->log_loss[i] = leuko_log_loss(p);
    }
    s->descending = g_new0(Ranked *, n_classes);
    for (guint k = 0; k < n_classes; k++)
        if (n_classes > 2 || k == 1 || (gint)k == positive)
            s->descending[k] = falling_order(s, k);
    gsize n_pairs = (gsize)n_classes * n_classes;
    s->confusion = g_new0(Lanes, n_pairs);
    s->pairs = g_new0(Lanes, n_pairs);
    s->one_confusion = g_new0(double, n_pairs);
    s->one_pairs = g_new0(double, n_pairs);
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
    g_free(s->log_loss);
    g_free(s->confusion);
    g_free(s->pairs);
    g_free(s->one_confusion);
    g_free(s->one_pairs);
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

/* One pass over the records by falling probability of class k, a block of equal ones at a time.
 * pairs      (K) out: for each other class, the weight of the pairs in which the record of class k
 *            has the larger probability, + half the ties
 * precision  out, may be NULL: the average precision of class k: sum of (recall step) x (precision
 *            at its end), as scikit-learn computes it */
static void rank_pass(const LeukoStatistics *s, guint k, const double *weights, Lanes *pairs,
                      Lanes *precision)
{
    const Ranked *records = s->descending[k];
    const Lanes *of_unit = (const Lanes *)weights;
    Lanes positives = {0}, all = {0}, block = {0}, precision_sum = {0};
    memset(pairs, 0, sizeof *pairs * s->n_classes);
    for (guint i = 0, start = 0; i < s->n; i++) {
        __builtin_prefetch(&of_unit[records[MIN(i + PREFETCH, s->n - 1)].unit]);
        if (records[i].label == k)
            block += of_unit[records[i].unit];
        if (!records[i].last)
            continue;
        for (; start <= i; start++) {
            Lanes w = of_unit[records[start].unit];
            pairs[records[start].label] += w * (positives + 0.5 * block);
            all += w;
        }
        positives += block;
        if (precision) /* without a record yet: 0 of 1 */
            precision_sum += block * positives / (all - __builtin_convertvector(all == 0, Lanes));
        block = (Lanes){0};
    }
    if (precision)
        *precision = precision_sum / positives;
}

/* Weight of the records of class k in one confusion matrix (K, K). */
static double class_total(const LeukoStatistics *s, const double *confusion, guint k)
{
    double total = 0;
    for (guint j = 0; j < s->n_classes; j++)
        total += confusion[k * s->n_classes + j];
    return total;
}

/* The AUCs from the confusion matrix and the pairs (K, K). 0/0 is NAN: a class is absent. */
static void from_pairs(const LeukoStatistics *s, const double *confusion, const double *all_pairs,
                       double *out)
{
    guint n_classes = s->n_classes;
    double sum = 0, pair_sum = 0, all = 0;
    for (guint k = 0; k < n_classes; k++)
        all += class_total(s, confusion, k);
    for (guint k = 0; k < n_classes; k++) {
        if (!s->descending[k])
            continue;
        double own = class_total(s, confusion, k), above = 0;
        const double *pairs = all_pairs + (gsize)k * n_classes;
        for (guint j = 0; j < n_classes; j++)
            if (j != k) {
                above += pairs[j];
                pair_sum += pairs[j] / (own * class_total(s, confusion, j));
            }
        out[leuko_stat_class_auc(s, k)] = above / (own * (all - own));
    }
    if (n_classes == 2) /* p of class 0 is 1 - p of class 1: the same curve */
        out[leuko_stat_class_auc(s, 0)] = out[leuko_stat_class_auc(s, 1)];
    for (guint k = 0; k < n_classes; k++)
        sum += out[leuko_stat_class_auc(s, k)];
    out[LEUKO_STAT_AUC] = sum / n_classes;
    out[LEUKO_STAT_HAND_TILL] =
        n_classes == 2 ? out[LEUKO_STAT_AUC] : pair_sum / n_classes / (n_classes - 1);
}

/* Accuracy, agreement, recalls, precisions and F1s from the confusion matrix. */
static void from_confusion(const LeukoStatistics *s, const double *confusion, double *out)
{
    guint n_classes = s->n_classes;
    double right = 0, all = 0, recalls = 0, f1s = 0;
    double chance = 0, truths = 0, decisions = 0; /* sums of t d, t^2 and d^2 over the classes */
    for (guint k = 0; k < n_classes; k++) {
        double truth = class_total(s, confusion, k), decided = 0,
               hit = confusion[k * n_classes + k];
        for (guint j = 0; j < n_classes; j++)
            decided += confusion[j * n_classes + k];
        out[leuko_stat_recall(s, k)] = hit / truth;
        out[leuko_stat_precision(s, k)] = hit / decided;
        out[leuko_stat_f1(s, k)] = 2 * hit / (truth + decided);
        recalls += hit / truth;
        f1s += 2 * hit / (truth + decided);
        right += hit;
        all += truth;
        chance += truth * decided;
        truths += truth * truth;
        decisions += decided * decided;
    }
    out[LEUKO_STAT_ACCURACY] = right / all;
    out[LEUKO_STAT_BALANCED] = recalls / n_classes;
    out[LEUKO_STAT_MACRO_F1] = f1s / n_classes;
    double spread = (all * all - truths) * (all * all - decisions);
    out[LEUKO_STAT_MCC] = spread > 0 ? (right * all - chance) / sqrt(spread) : (double)NAN;
    out[LEUKO_STAT_KAPPA] = (right * all - chance) / (all * all - chance);
}

void leuko_statistics_compute(const LeukoStatistics *s, const double *weights, double *out)
{
    gsize n_pairs = (gsize)s->n_classes * s->n_classes;
    const Lanes *of_unit = (const Lanes *)weights;
    Lanes squares = {0}, logs = {0}, all = {0}, precision = {0};
    memset(s->confusion, 0, sizeof *s->confusion * n_pairs);
    for (guint i = 0; i < s->n; i++) {
        Lanes w = of_unit[s->unit[i]];
        s->confusion[(guint)s->labels[i] * s->n_classes + (guint)s->decided[i]] += w;
        squares += w * s->brier[i];
        logs += w * s->log_loss[i];
        all += w;
    }
    for (guint k = 0; k < s->n_classes; k++)
        if (s->descending[k])
            rank_pass(s, k, weights, s->pairs + (gsize)k * s->n_classes,
                      (gint)k == s->positive ? &precision : NULL);
    for (guint lane = 0; lane < LEUKO_LANES; lane++, out += leuko_statistics_count(s)) {
        for (gsize i = 0; i < n_pairs; i++) {
            s->one_confusion[i] = s->confusion[i][lane];
            s->one_pairs[i] = s->pairs[i][lane];
        }
        from_confusion(s, s->one_confusion, out);
        from_pairs(s, s->one_confusion, s->one_pairs, out);
        out[LEUKO_STAT_AVERAGE_PRECISION] = s->positive >= 0 ? precision[lane] : (double)NAN;
        out[LEUKO_STAT_BRIER] = squares[lane] / all[lane];
        out[LEUKO_STAT_LOG_LOSS] = logs[lane] / all[lane];
    }
}

double *leuko_statistics_weights(const LeukoStatistics *s, double value)
{
    gsize n = (gsize)s->n_units * LEUKO_LANES;
    double *weights = leuko_huge_new0(n * sizeof *weights);
    for (gsize i = 0; i < n; i++)
        weights[i] = value;
    return weights;
}

double *leuko_statistics_of_sample(const LeukoStatistics *s)
{
    double *ones = leuko_statistics_weights(s, 1);
    double *values = g_new(double, (gsize)leuko_statistics_count(s) * LEUKO_LANES);
    leuko_statistics_compute(s, ones, values);
    leuko_huge_free(ones);
    return values;
}
