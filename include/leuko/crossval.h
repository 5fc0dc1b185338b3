/* leuko/crossval.h: cross-validate the recipe of leuko/train.h on labeled images.
 *
 *     g_autoptr(GError) error = NULL;
 *     LeukoCrossvalOptions options = leuko_crossval_options_default();
 *     options.n_repeats = 10;
 *     g_autoptr(LeukoCrossvalResult) r =
 *         leuko_crossval_run("shards", &options, NULL, (LeukoReporter){0}, &error);
 *     LeukoCrossvalFigure auc;
 *     if (r && leuko_crossval_result_figure(r, "auc", &auc))
 *         printf("AUC %.3f (%.3f to %.3f)\n", auc.value, auc.low, auc.high);
 *
 * Every image is answered by models that were trained without it, without its group, and without
 * any copy of it. Every setting is chosen inside the training part of its fold: the kind and the
 * strength of the head by inner folds; the calibration, the threshold and the rule of a patient
 * from the inner held-out answers.
 * Shapes: N scored images, K classes, R repeats.
 * Threads: a result is constant; any thread may read it.
 */
#pragma once
#include "leuko/crossval-types.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* k folds, one repeat, and the defaults of leuko/train.h. */
LeukoCrossvalOptions leuko_crossval_options_default(void);

typedef struct LeukoCrossvalResult LeukoCrossvalResult;

/* Cross-validate.
 * data_path  a folder of shards that sorting wrote, or a folder of images (leuko/dataset.h)
 * options    NULL: leuko_crossval_options_default()
 * reporter   progress; lines about the data, groups that are too few, near-duplicates and folds
 * Returns a new result, free with leuko_crossval_result_free(); NULL on an error.
 * Errors  LEUKO_ERROR_DATA      a class has one group only, or one image; a pair cannot be made, as
 *                               a group has images of both classes; a fold leaves no training image
 *                               of a class; fewer than two classes; the run folder holds folds of
 *                               another cross-validation
 *         LEUKO_ERROR_ARGUMENT  more folds than groups; repeats of a division that is the same each
 *                               time; the splits; those of leuko_train_head() and
 *                               leuko_dataset_open_images()
 *         LEUKO_ERROR_CANCELLED finished folds are in the run folder, features in their cache
 *         LEUKO_ERROR_IO        also if the ledger of the test split cannot be written; another
 *                               process uses the run folder
 * Cost: the features of every image once; for a folder of images, decoding each once more to find
 * copies; a fit for each fold. Features are in memory: N x C float. */
LeukoCrossvalResult *leuko_crossval_run(const char *data_path, const LeukoCrossvalOptions *options,
                                        GCancellable *cancellable, LeukoReporter reporter,
                                        GError **error);
void leuko_crossval_result_free(LeukoCrossvalResult *result); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCrossvalResult, leuko_crossval_result_free)

guint leuko_crossval_result_n_images(const LeukoCrossvalResult *result);  /* N */
guint leuko_crossval_result_n_groups(const LeukoCrossvalResult *result);  /* 0: groups unknown */
guint leuko_crossval_result_n_classes(const LeukoCrossvalResult *result); /* K */
guint leuko_crossval_result_n_repeats(const LeukoCrossvalResult *result); /* R */
const char *leuko_crossval_result_class_name(const LeukoCrossvalResult *result, guint index);
gint leuko_crossval_result_positive(const LeukoCrossvalResult *result); /* class, or -1 */
/* What a reader of the figures must know, NULL-terminated. */
const gchar *const *leuko_crossval_result_notes(const LeukoCrossvalResult *result);

/* A figure over the held-out answers of all images. Repeats divide the same images again: their
 * spread tells what the division changes and is no evidence about other patients, so `low` and
 * `high` do not become narrower with more repeats. */
typedef struct {
    double value;       /* mean over the repeats; NAN: not defined on these images */
    double low, high;   /* 95 % interval of one repeat, mean over the repeats; NAN: not estimable */
    const char *method; /* of the interval, or why there is none; static */
    guint n, n_groups;  /* images and groups that the figure is computed from */
    double sd, smallest, largest; /* over the repeats; sd is NAN for one repeat */
} LeukoCrossvalFigure;

/* Look up a figure by its name in leuko_eval_result_figure(); "pair_auc" (leave-one-pair-out: mean
 * over the pairs of the AUC within a pair). FALSE, and *out unchanged, for an unknown name or one
 * that does not apply. */
gboolean leuko_crossval_result_figure(const LeukoCrossvalResult *result, const char *name,
                                      LeukoCrossvalFigure *out);

typedef struct {
    guint repeat, fold;       /* from 1 */
    const char *held_out;     /* names of the groups, or "" for images; borrowed */
    guint n_training, n_held; /* images; training images with their augmented copies */
    guint n_held_groups;      /* 0: groups unknown */
    LeukoHeadKind kind;       /* of the head; LEUKO_HEAD_CHOSEN: a trained network */
    double shrinkage;         /* of a discriminant, else NAN */
    double l2;                /* of a logistic head, else NAN */
    double threshold;         /* NAN: the class of the largest probability */
    double patient_share;     /* NAN: not learned */
    double accuracy, auc;     /* of the held-out images; auc NAN: a class is absent */
} LeukoCrossvalFold;

guint leuko_crossval_result_n_folds(const LeukoCrossvalResult *result); /* of all repeats */
void leuko_crossval_result_fold(const LeukoCrossvalResult *result, guint index,
                                LeukoCrossvalFold *out);

/* All figures as a JSON object, g_free: "figures" as leuko_eval_result_to_json() has them, "spread"
 * {NAME: {"sd", "smallest", "largest"}}, "repeats" (the figures of each), "folds" (the members of
 * LeukoCrossvalFold), "pairs", "per_patient", "recipe", "data", "splits", "notes", "notice";
 * "allowed_leaks": what was allowed to be in two splits when the initial weights were trained, as
 * leuko_eval_result_to_json() has it; where the test split was opened "test_opened_before":
 * {"times", "models"}. */
gchar *leuko_crossval_result_to_json(const LeukoCrossvalResult *result);
/* The held-out answers, one row each: repeat, fold, file, class, group, p(CLASS) for each class,
 * decided. g_free. */
gchar *leuko_crossval_result_to_csv(const LeukoCrossvalResult *result);

G_END_DECLS
