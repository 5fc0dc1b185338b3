/* eval/cautions.h: how far the figures of an evaluation can be trusted, in words. */
#pragma once
#include "stats/metrics.h"

G_BEGIN_DECLS

/* A sentence about ROC-AUC, balanced accuracy, MCC and Cohen's kappa whose 95 % interval holds the
 * value that guessing gives, or lies below it; without an interval, whose value is not above it.
 * NULL: every figure is better. g_free. */
gchar *leuko_chance_text(const LeukoEvaluation *evaluation);

/* How often intervals from so few groups or images held the true value in simulations
 * (docs/measurements.md, bench/coverage.c). NULL: 93 to 97 %, or there are no intervals. g_free. */
gchar *leuko_coverage_text(const LeukoEvaluation *evaluation);

G_END_DECLS
