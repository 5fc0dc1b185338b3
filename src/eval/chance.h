/* eval/chance.h: which figures of an evaluation are no better than guessing. */
#pragma once
#include "stats/metrics.h"

G_BEGIN_DECLS

/* A sentence about ROC-AUC, balanced accuracy, MCC and Cohen's kappa whose 95 % interval holds the
 * value that guessing gives, or lies below it; without an interval, whose value is not above it.
 * NULL: every figure is better. g_free. */
gchar *leuko_chance_text(const LeukoEvaluation *evaluation);

G_END_DECLS
