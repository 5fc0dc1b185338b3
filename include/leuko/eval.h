/* leuko/eval.h: evaluate a model on labeled images that it was not trained on.
 *
 *     g_autoptr(GError) error = NULL;
 *     g_autoptr(LeukoEvalResult) r =
 *         leuko_eval_run("AML.graph", "shards", NULL, NULL, (LeukoReporter){0}, &error);
 *     LeukoEvalFigure auc;
 *     if (r && leuko_eval_result_figure(r, "auc", &auc))
 *         printf("AUC %.3f (%.3f to %.3f)\n", auc.value, auc.low, auc.high);
 *
 * The job matches classes by name, warns if the model was trained on some of the images or groups,
 * and records each use of a test split in its ledger (ledger.jsonl beside the shards).
 * Shapes: N images, K classes in the model's order.
 * Threads: a result is constant; any thread may read it.
 */
#pragma once
#include "leuko/folder.h"
#include "leuko/options.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Start from leuko_eval_options_default(); later versions may add members. */
typedef struct {
    LeukoClassifierOptions classifier; /* its threshold belongs to the positive class below */
    const char *split; /* of shards, or of a folder with splits: "train", "validation" or "test";
                          NULL: test if there is a test split, else validation */
    LeukoFolderOptions folder; /* how to read a folder of images; not for shards */
    const char *positive;      /* name of the positive class; NULL: the model's */
    double prevalence;   /* share of positive images in practice, between 0 and 1, for PPV and NPV;
                             NAN: no PPV and NPV */
    const char *command; /* text for the ledger; NULL: "leuko_eval_run" */
    gboolean no_split_audit; /* do not look for what the splits of the data share */
    gboolean no_digest;      /* do not compute the digest of the model, which only a report shows */
} LeukoEvalOptions;

/* Batch 8 and otherwise leuko_classifier_options_default(); the default split, no groups, the
 * model's positive class, no prevalence. */
LeukoEvalOptions leuko_eval_options_default(void);

typedef struct LeukoEvalResult LeukoEvalResult;

/* Evaluate a model or compiled graph on a data set.
 * data_path  a folder of shards that sorting wrote, or a folder of images (leuko/dataset.h)
 * If the split that is evaluated shares a group or copies of an image with a split before it
 * (leuko/check.h), the result has a warning that names them. Training refuses such splits;
 * evaluation does not, because what counts is which images the model was trained on.
 * options    NULL: leuko_eval_options_default()
 * reporter   progress, and one line each for a split chosen by default, the layout of a folder, the
 *            note of the classifier, which copies of training images are found, and every warning
 * Returns a new result, free with leuko_eval_result_free(); NULL on an error.
 * Errors: LEUKO_ERROR_ARGUMENT: an option does not fit the model or the data (threshold, positive
 * class, split, folder, prevalence); LEUKO_ERROR_DATA: the model lacks a class of the data;
 * LEUKO_ERROR_IO: also if the ledger cannot be written; those of leuko_classifier_open(); an
 * unreadable image is an error; LEUKO_ERROR_CANCELLED.
 * Cost: inference of every image, then 2000 resamples of N x K values. The search for copies reads
 * the index of the splits before, or of a folder of images, decodes all of it: 1.5 ms for each
 * image of 360 px, 4 % of the network's time. The digest of the model: 0.3 s. */
LeukoEvalResult *leuko_eval_run(const char *model_path, const char *data_path,
                                const LeukoEvalOptions *options, GCancellable *cancellable,
                                LeukoReporter reporter, GError **error);
void leuko_eval_result_free(LeukoEvalResult *result); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvalResult, leuko_eval_result_free)

/* What was evaluated. Strings are borrowed from the result. */
const char *
leuko_eval_result_split(const LeukoEvalResult *result);           /* NULL: all images of a folder */
guint leuko_eval_result_n_images(const LeukoEvalResult *result);  /* N */
guint leuko_eval_result_n_groups(const LeukoEvalResult *result);  /* 0: groups unknown */
guint leuko_eval_result_n_classes(const LeukoEvalResult *result); /* K */
const char *leuko_eval_result_class_name(const LeukoEvalResult *result, guint index);
gint leuko_eval_result_positive(const LeukoEvalResult *result);    /* class, or -1: none */
double leuko_eval_result_threshold(const LeukoEvalResult *result); /* NAN: largest probability */
/* Why the figures may mislead, NULL-terminated; empty if there is no warning. */
const gchar *const *leuko_eval_result_warnings(const LeukoEvalResult *result);

typedef struct {
    double value;       /* NAN: not defined on these images */
    double low, high;   /* 95 % interval; NAN: not estimable */
    const char *method; /* of the interval, or why there is none; static */
    guint n, n_groups;  /* images and groups that the figure is computed from */
} LeukoEvalFigure;

/* Look up a figure by name:
 *   always: "accuracy", "balanced_accuracy", "mcc" (Matthews' correlation), "kappa" (Cohen's),
 *           "auc" (more than two classes: mean of one against the rest), "macro_f1", "micro_f1",
 *           "brier", "log_loss", "ece"
 *   more than two classes: "auc_hand_till" (mean over pairs of classes)
 *   two classes with a positive class: "sensitivity", "specificity", "f1", "average_precision"
 *   with a prevalence as well: "ppv", "npv"
 * FALSE, and *out unchanged, if the name is unknown or does not apply. */
gboolean leuko_eval_result_figure(const LeukoEvalResult *result, const char *name,
                                  LeukoEvalFigure *out);
/* The same of patients (groups whose images have one class) instead of images. A patient is
 * positive if the share of its images that are decided positive reaches the model's limit (learned
 * on validation, else a half). n counts patients. FALSE also without groups, with more than two
 * classes or no positive class, and if every group has images of both classes. */
gboolean leuko_eval_result_patient_figure(const LeukoEvalResult *result, const char *name,
                                          LeukoEvalFigure *out);
/* Look up a figure of class 0..K-1: "recall", "precision", "f1", "auc" (one against the rest). */
gboolean leuko_eval_result_class_figure(const LeukoEvalResult *result, guint index,
                                        const char *name, LeukoEvalFigure *out);
/* Number of images of class `truth` that were predicted as class `decision`. */
guint leuko_eval_result_confusion(const LeukoEvalResult *result, guint truth, guint decision);

typedef struct {
    const char *file, *group;    /* borrowed; group is "" if unknown */
    guint truth, decision;       /* classes */
    const double *probabilities; /* (K), borrowed */
} LeukoEvalImage;
/* Image 0..N-1. */
void leuko_eval_result_image(const LeukoEvalResult *result, guint index, LeukoEvalImage *out);

/* All figures as a JSON object, g_free. Each figure is {"value", "low", "high", "method", "n",
 * "groups"}, with null for a number that is not defined. Other members: "confusion" (rows: truth),
 * "classes", "positive", "threshold", "prevalence", "per_class", "per_group", "per_patient",
 * "chance" (in words: figures no better than guessing, or null), "coverage" (in words: how far
 * intervals from so few groups or images can be trusted, or null), "selective" (null, or
 * {"n_referred", "referred", "accuracy", "missed", "missed_among_answered"}: of the images that the
 * model refers to a person or answers, the last two by class), "model", "data", "split",
 * "precision", "precision_reason", "warnings", "notice"; "guard": which copies of training images
 * "warnings" can tell of, null if the model has no list of them; "allowed_leaks": what was allowed
 * to be in two splits when the model was trained, {"group", "source", "same_bytes", "copy"}:
 * counts, or null; "leaks": what the split shares with the splits before it, as in leuko/check.h,
 * null if there are none or if it was not looked for; for a test split "test_opened_before":
 * {"times", "models"}. */
gchar *leuko_eval_result_to_json(const LeukoEvalResult *result);
/* One row per image: file, group, truth, decided and p(CLASS) for each class. g_free. */
gchar *leuko_eval_result_to_csv(const LeukoEvalResult *result);

G_END_DECLS
