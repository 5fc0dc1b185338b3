/* study/stress-rows.h: heads that are fitted and judged on rows of features, for the controls of a
 * stress test.
 *
 * Shapes: n rows, of which n_answered are judged; K classes, those of the judged images.
 */
#pragma once
#include "eval/eval-job.h"
#include "leuko/progress.h"
#include "stats/metrics.h"
#include "train/head-data.h"

G_BEGIN_DECLS

#define LEUKO_ROW_UNUSED G_MAXUINT /* a fold: the row takes no part */

typedef struct {
    guint n, n_classes, n_answered;
    GStrv classes;                  /* K names */
    gint *labels;                   /* (n) */
    const char **groups, **sources; /* (n), borrowed from the data sets */
    gboolean has_groups;            /* of the judged rows */
    guint *unit, n_units;           /* (n): rows of one unit are never on two sides */
    guint n_folds;
    guint *fold; /* (n) the fold that judges the row. Fold f is fitted on the rows of all other
                    folds; n_folds: the row is fitted on only */
    guint64 seed;
} LeukoStressRows;

/* The rows of the images of `job`, and, if `training` is not NULL, behind them those of the
 * training data, which the heads are fitted on. Without it the fold of each row is unset.
 * Errors: LEUKO_ERROR_DATA (fewer than two classes; a class of the images is not in the training
 * data); those of leuko_dataset_find_copies(). */
LeukoStressRows *leuko_stress_rows_new(LeukoEvalJob *job, LeukoDataset *training, guint64 seed,
                                       guint n_threads, LeukoReporter reporter,
                                       GCancellable *cancellable, GError **error);
void leuko_stress_rows_free(LeukoStressRows *rows); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStressRows, leuko_stress_rows_free)

/* Divide the units into folds, as a cross-validation does, the classes by `labels` (n).
 * Errors: LEUKO_ERROR_DATA (a class has one unit only). */
gboolean leuko_stress_rows_divide(LeukoStressRows *rows, const gint *labels, GError **error);

/* Labels (n) where each unit that is fitted on has the labels of another, in random order; g_free.
 * With training data, the judged rows keep theirs. draw: the number of the permutation. */
gint *leuko_stress_rows_permute(const LeukoStressRows *rows, guint draw);

/* Fit a head in each fold and judge the held-out rows.
 * x       (n, n_features)
 * labels  (n)
 * l2      of logistic heads; 0: kind and strength are chosen in every fold
 * Returns probabilities (n, K), valid for the judged rows; g_free. Errors: those of
 * leuko_head_recipe_fit(). */
double *leuko_stress_rows_answer(const LeukoStressRows *rows, const float *x, guint n_features,
                                 const gint *labels, double l2, guint n_threads,
                                 GCancellable *cancellable, GError **error);

/* The figures of answers. Only rows of one fold: fold; LEUKO_ROW_UNUSED: of all.
 * Errors: those of leuko_evaluate(). */
LeukoEvaluation *leuko_stress_rows_evaluate(const LeukoStressRows *rows, const double *p,
                                            guint fold, GError **error);
/* The AUC of answers by these labels, without an interval; NAN: a class is absent. */
double leuko_stress_rows_auc(const LeukoStressRows *rows, const double *p, const gint *labels);

G_END_DECLS
