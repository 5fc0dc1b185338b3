/* leuko/compare.h: compare two models on the same labeled images.
 *
 *     g_autoptr(GError) error = NULL;
 *     g_autoptr(LeukoCompareResult) r =
 *         leuko_compare_run("old.safetensors", "new.safetensors", "shards", NULL, NULL,
 *                           (LeukoReporter){0}, &error);
 *     LeukoCompareFigure auc;
 *     if (r && leuko_compare_result_figure(r, "auc", &auc))
 *         printf("AUC %+.3f (%+.3f to %+.3f)\n", auc.difference, auc.low, auc.high);
 *
 * Both models classify the same images, so that a difference has a narrower interval than the two
 * figures alone would give. Threads: a result is constant; any thread may read it.
 */
#pragma once
#include "leuko/eval.h"

G_BEGIN_DECLS

typedef struct LeukoCompareResult LeukoCompareResult;

/* Evaluate two models or compiled graphs on one data set (leuko/eval.h: the same warnings; each use
 * of a test split is recorded, one for each model) and compare them image by image.
 * options  NULL: leuko_eval_options_default(). positive: NULL: the first model's. Each model
 *          decides with its own threshold, unless the options give one
 * Returns a new result, free with leuko_compare_result_free(); NULL on an error.
 * Errors: LEUKO_ERROR_DATA: the models have different classes, or the data changed meanwhile; those
 * of leuko_eval_run(). Cost: that of leuko_eval_run() twice, and 2000 resamples for each model. */
LeukoCompareResult *leuko_compare_run(const char *first_model, const char *second_model,
                                      const char *data_path, const LeukoEvalOptions *options,
                                      GCancellable *cancellable, LeukoReporter reporter,
                                      GError **error);
void leuko_compare_result_free(LeukoCompareResult *result); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCompareResult, leuko_compare_result_free)

/* The two evaluations, 0 and 1; borrowed. */
const LeukoEvalResult *leuko_compare_result_evaluation(const LeukoCompareResult *result,
                                                       guint index);

typedef struct {
    const char *name;     /* borrowed, as in leuko_eval_result_figure() */
    double first, second; /* NAN: not defined on these images */
    double difference;    /* second - first */
    double low, high;     /* 95 % interval of the difference; NAN: not estimable */
    const char *method;   /* of the interval, or why there is none; static */
    double p_value;       /* two-sided, of "no difference"; NAN: no test */
    const char *test;     /* static; NULL: no test */
} LeukoCompareFigure;

/* Figures 0..n-1, the accuracy first. */
guint leuko_compare_result_n_figures(const LeukoCompareResult *result);
void leuko_compare_result_figure_at(const LeukoCompareResult *result, guint index,
                                    LeukoCompareFigure *out);
/* FALSE, and *out unchanged, for an unknown name or one that does not apply. */
gboolean leuko_compare_result_figure(const LeukoCompareResult *result, const char *name,
                                     LeukoCompareFigure *out);

typedef struct {
    guint both, only_first, only_second, neither; /* images that were classified correctly */
} LeukoCompareCounts;
LeukoCompareCounts leuko_compare_result_counts(const LeukoCompareResult *result);

/* A JSON object, g_free: "figures": {NAME: {"first", "second", "difference", "low", "high",
 * "method", "p", "test"}}, "correct": {"both", "only_first", "only_second", "neither"}, "first" and
 * "second": the evaluations as leuko_eval_result_to_json() gives them, "notice". */
gchar *leuko_compare_result_to_json(const LeukoCompareResult *result);

G_END_DECLS
