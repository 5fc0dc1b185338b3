/* train/head-objective.h: loss and gradient of a softmax head (see train/head.h), in one pass over
 * the rows.
 *
 * Shapes: n rows, C features, K classes. theta is W (K, C) followed by b (K).
 * Numbers: double. Sums run over a fixed number of chunks, in order, so the number of threads does
 * not change the result.
 * Threads: one thread at a time per objective; OpenMP inside.
 */
#pragma once
#include "train/head-data.h"

typedef struct {
    const LeukoHeadData *data;
    const guint *rows; /* (n) row indices; NULL: all */
    gsize n;
    const double *mean, *inv_sd; /* (C) */
    double l2;
    guint n_threads;
    const double *offsets;     /* (n_rows, K) added to the logits of each row; NULL: none */
    gboolean penalizes_biases; /* l2 also applies to b */
    double *partial;           /* (chunks, K (C + 1) + 1): gradient and loss of each chunk */
} LeukoHeadObjective;

/* Allocate `partial`. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_head_objective_init(LeukoHeadObjective *o, GError **error);
void leuko_head_objective_clear(LeukoHeadObjective *o); /* frees `partial` */

/* Return the loss at theta and write its gradient (the shape of theta). */
double leuko_head_objective(const LeukoHeadObjective *o, const double *theta, double *gradient);

/* Below this many multiply-adds per pass, starting threads costs more than it saves. */
#define LEUKO_HEAD_WORTH_THREADS 20e6

#define LEUKO_HEAD_BLOCK 4 /* rows that are multiplied at once */

/* Compute the logits z (m, K) of m <= 4 standardized rows (m, C). */
void leuko_head_scores(const double *rows_mc, guint m, guint n_features, guint n_classes,
                       const double *theta, double *z_mk);
/* gradient (K, C) and (K) += outer products of d (m, K) and rows (m, C), m <= 4. */
void leuko_head_add_outer(const double *rows_mc, guint m, guint n_features, guint n_classes,
                          const double *d_mk, double *gradient);
/* out (C) = (x - mean) * inv_sd, for one row of raw features. */
void leuko_head_standardize(const float *x, guint n_features, const double *mean,
                            const double *inv_sd, double *out);
