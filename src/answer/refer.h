/* answer/refer.h: whether an image is left to a person, and why.
 * Threads: pure functions of an immutable model; any thread.
 */
#pragma once
#include "formats/model.h"
#include "leuko/answer.h"

G_BEGIN_DECLS

/* Why the model refers an image; the first reason that applies, in the order of the type.
 * probabilities  (K), finite
 * score          of model->typical; NAN: not measured
 * rival          out: the class that cannot be ruled out, -1 for other reasons; may be NULL */
LeukoReferReason leuko_refer(const LeukoModel *model, const double *probabilities, gint decision,
                             double score, gint *rival);

/* A sentence that the images of a run are unlike those that model->typical was calibrated on, if
 * leuko_typical_differs(); else NULL. g_free.
 * mean, n   of the scores of the run
 * n_groups  of the run; 0: unknown, the run counts as one group */
gchar *leuko_refer_drift_text(const LeukoModel *model, double mean, guint n, guint n_groups);

G_END_DECLS
