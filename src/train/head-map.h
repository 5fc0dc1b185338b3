/* train/head-map.h: fits the change of a head that new rows call for, with the old head as prior.
 *
 * For rows i with features x_i (C), label y_i of K classes and the logits a_i (K) of the old head,
 * the change (D, d) minimizes
 *   sum_i (logsumexp(z_i) - z_i[y_i]) + l2 / 2 (|D|^2 + |d|^2),   z_i = a_i + D s(x_i) + d
 * over D (K, C) and d (K); s standardizes the features. This is the maximum of the posterior with a
 * normal prior around the old head, of variance 1 / l2 in standardized units. With l2 -> infinity
 * the old head remains. The problem is strictly convex, and both D and d sum to 0 over the classes.
 * Threads: no state; OpenMP inside. The number of threads does not change the result.
 */
#pragma once
#include "train/head-data.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    const LeukoHeadData *data;   /* n_rows rows; without weights */
    const double *offsets;       /* (n_rows, K) logits of the old head */
    const double *mean, *inv_sd; /* (C) of s; inv_sd 0: the feature is not used */
} LeukoHeadPrior;

/* Fit on the rows.
 * rows    (n) indices
 * theta   in: the start, such as zeros; out: D (K, C), then d (K)
 * Errors  LEUKO_ERROR_MEMORY, LEUKO_ERROR_CANCELLED */
gboolean leuko_head_map_fit(const LeukoHeadPrior *prior, const guint *rows, gsize n, double l2,
                            double tolerance, guint n_threads, double *theta,
                            GCancellable *cancellable, GError **error);

/* Coordinates of rows whose inner products are those of the standardized features: fits in them
 * have the same optimum and cost less if there are fewer rows than features. D in the features is
 * the sum of their standardized rows, weighted by the rows of the solution that is behind the
 * coordinates; a caller who needs it fits once more with the features.
 * coordinates  (n_rows, R), R = leuko_head_map_rank(data); g_free. NULL: LEUKO_ERROR_MEMORY
 * Cost         n_rows^2 C / 2 + n_rows^3 / 6 multiplications if R = n_rows */
guint leuko_head_map_rank(const LeukoHeadData *data);
float *leuko_head_map_coordinates(const LeukoHeadPrior *prior, GError **error);

/* Mean and 1 / sd (C) of the features over the rows; 0 for a constant feature. */
void leuko_head_map_standardize(const LeukoHeadData *data, const guint *rows, gsize n, double *mean,
                                double *inv_sd);

G_END_DECLS
