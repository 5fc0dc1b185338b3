/* leuko/adapt.h: adapt a model to another laboratory with a few labeled cells of it.
 *
 *     g_autoptr(GError) error = NULL;
 *     g_autoptr(LeukoAdaptResult) r =
 *         leuko_adapt_run("cells.safetensors", "new-lab", "ours.safetensors", NULL, NULL,
 *                         (LeukoReporter){0}, &error);
 *     if (r)
 *         puts(leuko_adapt_result_sentence(r));
 *
 * Three steps may help, and inner folds choose which of them are taken:
 *   color   the images get the colors of the model's training images: mean and standard deviation
 *           in Reinhard's l, alpha, beta (a part of the preprocessing of the written model)
 *   center  the features are shifted so that the class means of the laboratory lie, on average,
 *           where those of the training images lie (in the biases of the written model)
 *   head    the head is fitted to the cells, with the model's head as prior; inner folds choose the
 *           strength of the prior
 * The class of a cell must be a class of the model, which may have others: their weights remain.
 * If anything changes, the calibration and the threshold are fitted anew on held-out answers, and
 * what the model refers (its bound on missed images, its check for unlike images) is dropped: it
 * was fitted to other images.
 *
 * Before and after: each cell is answered by the given model, and by a model that was adapted
 * without it, without its group and without any copy of it; the choice of the steps included. The
 * figure that decides is the accuracy, fixed beforehand: a gain is shown if the 95 % interval of
 * its difference lies above 0.
 * Threads: a result is constant; any thread may read it.
 */
#pragma once
#include "leuko/adapt-types.h"
#include "leuko/compare.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* All steps, 5 folds, the defaults of leuko/train.h. */
LeukoAdaptOptions leuko_adapt_options_default(void);

typedef struct LeukoAdaptResult LeukoAdaptResult;

/* Adapt a model.
 * model    a model of Leuko (not a compiled graph)
 * data     a folder of shards that sorting wrote, or a folder of images (leuko/dataset.h)
 * out      the adapted model, written if a gain is shown; NULL: none is written
 * options  NULL: leuko_adapt_options_default()
 * Returns a new result, free with leuko_adapt_result_free(); NULL on an error.
 * Errors  LEUKO_ERROR_GATE      the model was trained on some of these cells
 *         LEUKO_ERROR_DATA      the model has no such class; fewer than two classes; a class has
 *                               fewer than three different images, or one group only
 *         LEUKO_ERROR_ARGUMENT  no step is possible; an option is out of range
 *         LEUKO_ERROR_CANCELLED features are in their cache
 *         those of leuko_model_load(), leuko_dataset_open_images(), leuko_crossval_run()
 * Cost: decoding, and the features of every cell: once, and with the color step once more for each
 * fold and at the end, because the colors are measured without the held-out cells. */
LeukoAdaptResult *leuko_adapt_run(const char *model, const char *data, const char *out,
                                  const LeukoAdaptOptions *options, GCancellable *cancellable,
                                  LeukoReporter reporter, GError **error);
void leuko_adapt_result_free(LeukoAdaptResult *result); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoAdaptResult, leuko_adapt_result_free)

guint leuko_adapt_result_n_images(const LeukoAdaptResult *result); /* without augmented copies */
guint leuko_adapt_result_n_groups(const LeukoAdaptResult *result); /* 0: groups unknown */
/* The classes of the model, K names, NULL-terminated, and the number of cells of each, (K). */
const gchar *const *leuko_adapt_result_classes(const LeukoAdaptResult *result);
const guint *leuko_adapt_result_class_counts(const LeukoAdaptResult *result);
/* What a reader of the figures must know, NULL-terminated. */
const gchar *const *leuko_adapt_result_notes(const LeukoAdaptResult *result);

/* The steps of the adapted model (0: none helps, the model is unchanged), and the strength of the
 * prior if LEUKO_ADAPT_HEAD is among them, else infinity. */
guint leuko_adapt_result_steps(const LeukoAdaptResult *result);
double leuko_adapt_result_l2(const LeukoAdaptResult *result);
/* Of the n_folds outer folds, how many took this step. */
guint leuko_adapt_result_n_folds(const LeukoAdaptResult *result);
guint leuko_adapt_result_folds_with(const LeukoAdaptResult *result, LeukoAdaptSteps step);

/* Before (first) and after (second): "accuracy", "balanced_accuracy", ... */
guint leuko_adapt_result_n_figures(const LeukoAdaptResult *result);
void leuko_adapt_result_figure_at(const LeukoAdaptResult *result, guint index,
                                  LeukoCompareFigure *out);
/* FALSE, and *out unchanged, for an unknown name. */
gboolean leuko_adapt_result_figure(const LeukoAdaptResult *result, const char *name,
                                   LeukoCompareFigure *out);

/* Whether the interval shows a gain, the same in a sentence, and whether the model was written. */
gboolean leuko_adapt_result_has_gain(const LeukoAdaptResult *result);
const char *leuko_adapt_result_sentence(const LeukoAdaptResult *result); /* borrowed */
gboolean leuko_adapt_result_is_written(const LeukoAdaptResult *result);

/* Everything as a JSON object, g_free: "figures" as leuko_compare_result_to_json() has them,
 * "before" and "after" as leuko_eval_result_to_json(), "steps", "folds", "gain", "notes". */
gchar *leuko_adapt_result_to_json(const LeukoAdaptResult *result);
/* The answers, one row for each cell: fold, file, class, group, before p(CLASS) of each class,
 * before decided, the same after. g_free. */
gchar *leuko_adapt_result_to_csv(const LeukoAdaptResult *result);

G_END_DECLS
