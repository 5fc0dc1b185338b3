/* stats/auc.h: the area under the ROC curve (AUC), its variance and its intervals.
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/interval.h"

G_BEGIN_DECLS

typedef struct {
    guint n;                  /* records */
    const gboolean *positive; /* (n) the record is of the positive class */
    const double *scores[2];  /* (n) larger for positive; the second may be NULL: one score */
    const guint *unit;        /* (n) index of each record's unit (patient), 0..n_units-1; NULL: each
                                 record is a unit, n_units = n */
    guint n_units;
} LeukoAucInput;

typedef struct {
    double auc[2];           /* Mann and Whitney's, a tie counts half; NAN: a class is absent */
    double covariance[2][2]; /* NAN: fewer than two units have a record of one of the classes */
} LeukoAuc;

/* The AUCs of one or two scores of the same records, and their covariance: DeLong, DeLong and
 * Clarke-Pearson 1988; with units of several records Obuchowski 1997 (Biometrics 53, 567), equal to
 * the former where each unit is one record. Cost: O(n log n). */
void leuko_auc_compute(const LeukoAucInput *input, LeukoAuc *out);

/* Interval of an AUC in (0, 1) from its variance, on the logit scale.
 * quantile  of the standardized logit: LEUKO_Z95, or Student's for few units */
LeukoInterval leuko_auc_logit(double auc, double variance, double quantile);
/* Score interval of an AUC from m positive and n negative scores; also defined for an AUC of 0 or
 * 1. Newcombe 2006 part 2, method 5. */
LeukoInterval leuko_auc_newcombe(double auc, double m, double n);

G_END_DECLS
