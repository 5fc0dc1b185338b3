/* stats/statistic.h: every figure of merit as a function of the weight of each unit.
 *
 * A unit is the thing that is resampled: an image, or a group of images. With all weights 1 the
 * functions give the figures of the sample. The bootstrap and the jackknife use other weights.
 *
 * A vector of statistics holds, for K classes, LEUKO_STAT_FIRST values and then 4 blocks of K:
 * recall, precision, F1, one-against-rest AUC.
 * Threads: one object, one thread at a time (leuko_statistics_compute() uses its workspace).
 */
#pragma once
#include <glib.h>

#define LEUKO_LANES 8

enum {
    LEUKO_STAT_ACCURACY,
    LEUKO_STAT_BALANCED,
    LEUKO_STAT_MACRO_F1,
    LEUKO_STAT_AUC, /* K = 2: of class 1 (class 0 has the same); else the mean over the classes */
    LEUKO_STAT_HAND_TILL, /* mean AUC over pairs of classes; Hand and Till 2001, equation 7 */
    LEUKO_STAT_AVERAGE_PRECISION, /* of `positive`, NAN without one */
    LEUKO_STAT_MCC,               /* Matthews' correlation; K classes: Gorodkin 2004 */
    LEUKO_STAT_KAPPA,             /* Cohen 1960 */
    LEUKO_STAT_BRIER,
    LEUKO_STAT_LOG_LOSS, /* mean of -ln p(truth), p not below DBL_EPSILON as in scikit-learn */
    LEUKO_STAT_FIRST,    /* index of the first per-class block */
};

typedef struct LeukoStatistics LeukoStatistics;

/* -ln p of one record, p its probability of the true class: never infinite. */
double leuko_log_loss(double p);

/* All arrays are borrowed for the object's life.
 * labels         (n)     true class of each record, 0..K-1
 * decided        (n)     predicted class
 * probabilities  (n, K)
 * unit           (n)     index of each record's unit, 0..n_units-1
 * positive       index of the positive class, or -1 */
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

/* Of LEUKO_LANES weight vectors at once: the time of a pass goes to reading the records and their
 * units in an order that no cache holds, and it is paid once for all of them.
 * weights  (n_units, LEUKO_LANES) how often each unit counts
 * out      (LEUKO_LANES, leuko_statistics_count), NAN where a statistic is not defined */
void leuko_statistics_compute(const LeukoStatistics *s, const double *weights, double *out);
/* (n_units, LEUKO_LANES) weights of one value, each unit in a cache line; leuko_huge_free(). */
double *leuko_statistics_weights(const LeukoStatistics *s, double value);

/* (leuko_statistics_count) the statistics of the sample itself: all weights 1. g_free. */
double *leuko_statistics_of_sample(const LeukoStatistics *s);
