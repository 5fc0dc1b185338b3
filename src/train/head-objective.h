/* train/head-objective.h: the head's loss and gradient (train/head.h), one pass over the rows. */
#pragma once
#include "train/head.h"

typedef struct {
    const LeukoHeadData *data;
    const guint *rows; /* (n), NULL: all */
    gsize n;
    const double *mean, *inv_sd; /* (C) */
    double l2;
    guint n_threads;
    double *partial; /* (chunks, K (C + 1) + 1), scratch: gradient and loss of each chunk */
} LeukoHeadObjective;

/* Allocates the scratch. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_head_objective_init(LeukoHeadObjective *o, GError **error);
void leuko_head_objective_clear(LeukoHeadObjective *o);

/* Loss at theta = W (K, C) then b (K); its gradient, of the same shape, to `gradient`. */
double leuko_head_objective(const LeukoHeadObjective *o, const double *theta, double *gradient);

/* z (K) of m <= 4 standardized rows (m, C): used by the objective and for scoring. */
void leuko_head_scores(const double *rows_mc, guint m, guint n_features, guint n_classes,
                       const double *theta, double *z_mk);
/* Standardize one row of raw features. */
void leuko_head_standardize(const float *x, guint n_features, const double *mean,
                            const double *inv_sd, double *out);
/* Turns z (K) to probabilities in place; returns logsumexp of z. */
double leuko_head_softmax(double *z, guint n_classes);
