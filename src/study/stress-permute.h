/* study/stress-permute.h: what heads reach whose training labels mean nothing. */
#pragma once
#include "study/stress-data.h"

G_BEGIN_DECLS

typedef struct {
    double auc;                                   /* with the true labels, by the same heads */
    guint n;                                      /* permutations */
    double mean, standard_error, p025, p95, p975; /* of their AUCs */
    double p_value; /* (1 + b) / (1 + n), b: AUCs that reach that of the true labels (Phipson and
                       Smyth 2010) */
} LeukoStressChance;

/* Fit logistic heads of one fixed strength, which does not depend on the labels
 * (leuko_head_strong_l2()), to the true labels and to labels that are exchanged between units.
 * x  (rows, data->n_features)
 * Threads: one permutation on each; their number does not change the result.
 * Errors: LEUKO_ERROR_DATA: fewer than 20 permutations can be judged; those of leuko_head_fit(). */
gboolean leuko_stress_permute(LeukoStressRun *run, LeukoStressData *data, const float *x,
                              LeukoStressChance *out, GError **error);

G_END_DECLS
