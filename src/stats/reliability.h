/* stats/reliability.h: how well probabilities agree with observed shares, in bins.
 *
 * The event: the positive class, compared with its probability; without a positive class, or with
 * more than two classes, that the class of the largest probability is right.
 * Bins are (low, high], the first one includes its low end.
 *   equal width  LEUKO_ECE_BINS bins of 1 / LEUKO_ECE_BINS (Guo et al. 2017)
 *   equal mass   edges at the quantiles of the probabilities (linear between order statistics), so
 *                that each bin holds about as many images (Nixon et al. 2019); equal edges leave
 *                bins empty
 * ECE is the mean of |mean probability - observed share| over the bins, weighted by their images;
 * MCE the largest one. Both rise with fewer images, also for perfectly calibrated probabilities.
 * The interval of an observed share: Wilson without groups, else Korn and Graubard over the groups
 * (stats/proportion.h; Wilson on their number if all are equal); not estimable with fewer than
 * LEUKO_MIN_GROUPS groups in a bin, or of a class.
 * Source: scikit-learn's calibration_curve() has the same bins.
 * Threads: no shared state; a constant value may be read by any thread.
 */
#pragma once
#include "stats/metric-types.h"
#include "stats/units.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    double low, high; /* edges */
    guint n, n_groups;
    double mean, observed;              /* probability, share of events; NAN: no image */
    double interval_low, interval_high; /* 95 % interval of `observed`; NAN: not estimable */
} LeukoReliabilityBin;

typedef struct {
    double ece, mce;
    LeukoReliabilityBin bins[LEUKO_ECE_BINS];
} LeukoReliabilityBins;

/* The Brier score in parts, over bins of equal width, summed over the classes that the score sums
 * over: score = reliability - resolution + uncertainty + within_variance - within_covariance. The
 * last two are what is lost by binning (Stephenson et al. 2008; the others Murphy 1973). */
typedef struct {
    double score, reliability, resolution, uncertainty, within_variance, within_covariance;
} LeukoBrierParts;

struct LeukoReliability {
    LeukoReliabilityBins equal_width, equal_mass;
    LeukoBrierParts brier;
};

/* `input` must be one that leuko_evaluate() accepts. Free with g_free(). */
LeukoReliability *leuko_reliability_new(const LeukoEvalInput *input, const LeukoUnits *units);

/* {"event": "p(CLASS)" or "largest probability", "equal_width": {"bins", "ece", "mce", "interval",
 * "rows": [{"low", "high", "n", "groups", "mean_probability", "observed", "observed_low",
 * "observed_high"}]}, "equal_mass": the same, "brier": {"score", "reliability", "resolution",
 * "uncertainty", "within_variance", "within_covariance"}}; empty bins have no row. */
json_t *leuko_reliability_to_json(const LeukoReliability *reliability,
                                  const LeukoEvaluation *evaluation);

G_END_DECLS
