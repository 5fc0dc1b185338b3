/* stats/statistic.h: every figure of merit as a function of how often each unit counts.
 *
 * A unit is what is resampled: an image, or a group of them. With all weights 1 the functions give
 * the figures of the sample; the bootstrap and the jackknife call them with other weights.
 *
 * A vector of statistics holds, for K classes, LEUKO_STAT_FIRST values and then 4 blocks of K:
 * recall, precision, F1, one-against-rest AUC.
 */
#pragma once
#include <glib.h>

enum {
    LEUKO_STAT_ACCURACY,
    LEUKO_STAT_BALANCED,
    LEUKO_STAT_MACRO_F1,
    LEUKO_STAT_AUC, /* K = 2: of class 1, which is that of class 0; else the mean over classes */
    LEUKO_STAT_AVERAGE_PRECISION, /* of `positive`, NAN without one */
    LEUKO_STAT_BRIER,
    LEUKO_STAT_FIRST, /* where the blocks by class begin */
};

typedef struct LeukoStatistics LeukoStatistics;

/* All arrays are borrowed for the object's life.
 * labels, decided   (n)       probabilities  (n, K)
 * unit              (n)       index of each record's unit, 0..n_units-1 */
LeukoStatistics *leuko_statistics_new(guint n, guint n_classes, const gint *labels,
                                      const gint *decided, const double *probabilities,
                                      const guint *unit, guint n_units, gint positive);
void leuko_statistics_free(LeukoStatistics *s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStatistics, leuko_statistics_free)

guint leuko_statistics_count(const LeukoStatistics *s); /* LEUKO_STAT_FIRST + 4 K */
guint leuko_stat_recall(const LeukoStatistics *s, guint k);
guint leuko_stat_precision(const LeukoStatistics *s, guint k);
guint leuko_stat_f1(const LeukoStatistics *s, guint k);
guint leuko_stat_class_auc(const LeukoStatistics *s, guint k);

/* weights  (n_units) how often each unit counts
 * out      (leuko_statistics_count), NAN where not defined */
void leuko_statistics_compute(const LeukoStatistics *s, const guint *weights, double *out);
/* The weighted confusion (K truth, K decided) of the last compute, borrowed. */
const double *leuko_statistics_confusion(const LeukoStatistics *s);

/* Expected calibration error, equal-width bins (Guo et al. 2017). positive >= 0: of that class's
 * probability against its frequency; -1: of the largest probability against its being right. */
double leuko_ece(guint n, guint n_classes, const gint *labels, const double *probabilities,
                 gint positive, guint n_bins);
