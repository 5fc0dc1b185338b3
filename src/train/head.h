/* train/head.h: a softmax head on fixed features: multinomial logistic regression with L2
 * regularization.
 *
 * For rows i = 1..n with features x_i (C), label y_i of K classes and weight u_i, the head
 * minimizes
 *   sum_i u_i (logsumexp(z_i) - z_i[y_i]) + l2 / 2 |W|^2,   z_i = W ((x_i - mean) / sd) + b
 * over W (K, C) and b (K). mean and sd are the statistics of the training rows; a constant feature
 * gets weight 0. b is not regularized. For l2 > 0 the problem is strictly convex in W, so
 * there is one optimum; sum(b) = 0 makes b unique.
 * Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 7.4 (L-BFGS).
 *
 * Numbers: features are float32, everything else is double. Sums run over fixed chunks of rows, in
 * order, so the number of threads does not change the result.
 * Threads: no state; OpenMP inside.
 */
#pragma once
#include "train/head-data.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    guint n_features, n_classes;
    double l2;
    double *mean, *inv_sd; /* (C); inv_sd is 0 for a constant feature */
    double *w;             /* (K, C), for standardized features */
    double *b;             /* (K), sum 0; in the same memory block as w */
    double loss;           /* the minimized sum at the solution */
    double gradient;       /* largest entry of its gradient / total weight of the rows */
    guint n_iterations;
} LeukoHead;

/* A head whose numbers are all 0. */
LeukoHead *leuko_head_new(guint n_features, guint n_classes);
LeukoHead *leuko_head_copy(const LeukoHead *head);
void leuko_head_free(LeukoHead *head); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoHead, leuko_head_free)

#define LEUKO_HEAD_TOLERANCE 1e-6 /* for a final head: smaller values change no output */

/* Fit until every entry of the gradient is at most `tolerance` times the total weight of the rows.
 * rows    (n) indices of the rows to fit on; NULL: all
 * l2      > 0
 * start   initial head, of the same shape; NULL: zeros
 * Errors  LEUKO_ERROR_ARGUMENT   a shape, label, weight or l2 is out of range
 *         LEUKO_ERROR_DATA       fewer than two classes among the rows; a feature is not finite
 *         LEUKO_ERROR_CANCELLED */
LeukoHead *leuko_head_fit(const LeukoHeadData *data, const guint *rows, gsize n, double l2,
                          const LeukoHead *start, double tolerance, guint n_threads,
                          GCancellable *cancellable, GError **error);

/* Where a fit begins, and in which directions. */
typedef struct {
    const LeukoHead *head;                          /* NULL: zeros */
    void (*precondition)(double *v, gpointer data); /* as in train/lbfgs.h; NULL: none */
    gpointer data;
} LeukoHeadStart;

/* leuko_head_fit() from a start. Same optimum, same tolerance, same errors. */
LeukoHead *leuko_head_fit_from(const LeukoHeadData *data, const guint *rows, gsize n, double l2,
                               const LeukoHeadStart *start, double tolerance, guint n_threads,
                               GCancellable *cancellable, GError **error);

/* Logits z (K) of one row x (C) of raw features. */
void leuko_head_logits(const LeukoHead *head, const float *x, double *z);
/* Logits (n, K) of n rows x (n, C), in float, as the network computes them; g_free. */
float *leuko_head_logits_of_rows(const LeukoHead *head, const float *x, gsize n);
/* Weighted mean of -log p(label) over n rows (NULL: all). *accuracy: weighted share of correct
 * decisions; may be NULL. Both are NAN where the total weight is 0. */
double leuko_head_log_loss(const LeukoHead *head, const LeukoHeadData *data, const guint *rows,
                           gsize n, double *accuracy);

/* Fold the standardization into weights (C, K), i.e. slim's layout (1, 1, C, K), and biases (K),
 * for raw features. */
void leuko_head_fold(const LeukoHead *head, float *weights_ck, float *biases);
/* Multiply W and b, and thereby all logits, by `factor`. */
void leuko_head_scale(LeukoHead *head, double factor);

G_END_DECLS
