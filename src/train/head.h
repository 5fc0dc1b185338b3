/* train/head.h: a softmax head on fixed features: multinomial logistic regression with an L2 prior,
 * and the strength of that prior chosen by cross-validation.
 *
 * For rows i = 1..n with features x_i (C), label y_i of K classes and weight u_i, the head minimizes
 *   sum_i u_i (logsumexp(z_i) - z_i[y_i]) + l2 / 2 |W|^2,   z_i = W ((x_i - mean) / sd) + b
 * over W (K, C) and b (K). Features are standardized by the mean and sd of the rows it is fitted
 * on (a constant feature is left out), b carries no prior. For l2 > 0 the problem is strictly
 * convex in W, so there is one optimum; b is made unique by sum(b) = 0.
 * Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 7.4 (L-BFGS).
 *
 * Numbers: features are float32, everything else is double. The same bytes come out for every
 * number of threads: sums are taken over fixed chunks of rows, in order.
 * Threads: no state; OpenMP inside.
 */
#pragma once
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    const float *x;        /* (n_rows, n_features), borrowed */
    const gint *labels;    /* (n_rows), each 0..n_classes-1, borrowed */
    const double *weights; /* (n_rows), each >= 0, or NULL: all 1; borrowed */
    gsize n_rows;
    guint n_features, n_classes; /* C >= 1, K >= 2 */
} LeukoHeadData;

typedef struct {
    guint n_features, n_classes;
    double l2;
    double *mean, *inv_sd; /* (C); inv_sd is 0 for a constant feature */
    double *w;             /* (K, C), of standardized features */
    double *b;             /* (K), sum 0 */
    double loss;           /* the sum above at the solution */
    double gradient;       /* the largest entry of its gradient, over the rows' weight */
    guint n_iterations;
} LeukoHead;

LeukoHead *leuko_head_copy(const LeukoHead *head);
void leuko_head_free(LeukoHead *head); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoHead, leuko_head_free)

#define LEUKO_HEAD_TOLERANCE 1e-6 /* of a head that is kept: by then nothing visible changes */

/* Fit to convergence: every entry of the gradient at most `tolerance` of the rows' weight.
 * rows    indices of the rows to fit on, n of them; NULL: all
 * l2      > 0
 * start   a head to start from (of the same shape), or NULL: zero
 * Errors  LEUKO_ERROR_ARGUMENT   shapes, labels, weights or l2 out of range
 *         LEUKO_ERROR_DATA       fewer than two classes among the rows; a feature not finite
 *         LEUKO_ERROR_CANCELLED */
LeukoHead *leuko_head_fit(const LeukoHeadData *data, const guint *rows, gsize n, double l2,
                          const LeukoHead *start, double tolerance, guint n_threads,
                          GCancellable *cancellable, GError **error);

/* z (K) of one row of raw features. */
void leuko_head_logits(const LeukoHead *head, const float *x, double *z);
/* Mean of -log p(label) over rows (all if NULL), weighted; *accuracy may be NULL. */
double leuko_head_log_loss(const LeukoHead *head, const LeukoHeadData *data, const guint *rows,
                           gsize n, double *accuracy);

/* The same head for raw features, standardization folded in: weights (C, K), which is slim's
 * (1, 1, C, K), and biases (K). */
void leuko_head_fold(const LeukoHead *head, float *weights_ck, float *biases);

/* How rows are held out in turn to choose l2. */
typedef enum {
    LEUKO_FOLDS_GROUPED, /* every group on one side: each class has at least two groups */
    LEUKO_FOLDS_HALF,    /* grouped for the classes that have two groups or more, by chance for the
                              others: their rows stand on both sides, so the loss flatters */
    LEUKO_FOLDS_UNGROUPED, /* by chance: no groups are known */
} LeukoFoldKind;

/* Deal rows to folds 0..n_folds-1, classes spread evenly; with groups, whole groups: the largest
 * first, each to the fold that has fewest rows of its classes. Copies of one image (same
 * `sources` entry) always share a fold.
 * groups    (n) "" for unknown (then each such source stands alone), or NULL
 * sources   (n) or NULL: every row is its own
 * fold      out (n)
 * *n_folds  in: the most folds; out: folds made, at least 2 (fewer where a class has fewer groups)
 * Errors    LEUKO_ERROR_DATA   a class has fewer than two sources */
gboolean leuko_head_deal_folds(const gint *labels, const char *const *groups,
                               const char *const *sources, gsize n, guint n_classes, guint64 seed,
                               guint *fold, guint *n_folds, LeukoFoldKind *kind, GError **error);

typedef struct {
    double l2;
    double loss, se; /* mean over folds of the held-out log-loss, and its standard error */
    double accuracy; /* of all held-out rows together */
} LeukoHeadTrial;

typedef struct {
    GArray *trials;   /* of LeukoHeadTrial, strongest prior first */
    guint best;       /* smallest loss */
    guint chosen;     /* strongest prior whose loss is within one standard error of it */
    double *logits;   /* (n_rows, K): held-out logits at `chosen` */
    LeukoHead *start; /* of the first fold at `chosen`: near the head of all rows; or NULL */
} LeukoHeadChoice;

void leuko_head_choice_free(LeukoHeadChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoHeadChoice, leuko_head_choice_free)

/* The prior that outweighs the data in every direction: a quarter of the largest eigenvalue of the
 * sum of x x^T over standardized rows, which bounds the loss's curvature. From there on the head
 * points where the classes' means differ, whatever the data say more finely: the safe choice where
 * cross-validation cannot see how groups differ (LEUKO_FOLDS_HALF). */
double leuko_head_strong_prior(const LeukoHeadData *data);

/* Cross-validate along a path of l2 from strong to weak, two a decade, warm-started; the path
 * ends where the loss has risen twice in a row. strong = weak: that one alone.
 * fold     (n_rows), 0..n_folds-1
 * strong, weak   ends of the path, strong >= weak > 0
 * Errors   as leuko_head_fit() */
LeukoHeadChoice *leuko_head_choose(const LeukoHeadData *data, const guint *fold, guint n_folds,
                                   double strong, double weak, guint n_threads,
                                   LeukoReporter reporter, GCancellable *cancellable,
                                   GError **error);

/* The factor on held-out logits (n_rows, K) that makes their log-loss smallest, 0.01 to 1000: takes
 * back the timidity of a strong prior, and changes no order of scores. */
double leuko_head_slope(const LeukoHeadData *data, const double *logits);
/* Multiply all logits of a head. */
void leuko_head_scale(LeukoHead *head, double factor);

G_END_DECLS
