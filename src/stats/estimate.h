/* stats/estimate.h: each figure of an evaluation with its interval (stats/metrics.h says how).
 * Threads: one object, one thread at a time.
 */
#pragma once
#include "stats/bootstrap.h"
#include "stats/units.h"

G_BEGIN_DECLS

/* All borrowed. */
typedef struct {
    const LeukoEvalInput *in;
    const gint *decided;  /* (N) class that each image is decided for */
    LeukoEvaluation *out; /* its counts are filled; the functions below fill its metrics */
    const LeukoUnits *units;
    const LeukoStatistics *stats;
    const LeukoBootstrap *bootstrap; /* NULL: too few groups */
    const double *values;            /* (leuko_statistics_count) of the sample */
} LeukoEstimates;

void leuko_estimate_classes(LeukoEstimates *estimates); /* first: the others use the recalls */
void leuko_estimate_overall(LeukoEstimates *estimates);
void leuko_estimate_two_classes(LeukoEstimates *estimates);

G_END_DECLS
