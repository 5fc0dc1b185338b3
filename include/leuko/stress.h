/* leuko/stress.h: when does a model break, and what does it decide by?
 *
 *     g_autoptr(GError) error = NULL;
 *     LeukoStressOptions options = leuko_stress_options_default();
 *     options.n_images = 500;
 *     g_autoptr(LeukoStressResult) r = leuko_stress_run("cells.safetensors", "shards", &options,
 *                                                       NULL, (LeukoReporter){0}, &error);
 *     for (guint i = 0; r && i < leuko_stress_result_n_limits(r); i++) {
 *         LeukoStressLimit limit;
 *         leuko_stress_result_limit(r, i, &limit);
 *         if (!isnan(limit.breaks_at))
 *             printf("%s breaks at %g %s\n", limit.kind, limit.breaks_at, limit.unit);
 *     }
 *
 * Part 1, conditions: the figures of the model on the images as they are (condition 0, which equals
 * leuko_eval_run() bit for bit) and on changed copies of them in memory: stain, brightness, white
 * balance, blur, defocus, noise, JPEG, rotation, scale, each in several strengths.
 * Part 2, controls, which must fall to chance if the data has no shortcut: the cell is removed; the
 * labels are permuted. And a test of transfer: each laboratory is held out.
 * Shapes: N images, K classes of the model.
 * Threads: a result is constant; any thread may read it.
 */
#pragma once
#include "leuko/eval.h"

G_BEGIN_DECLS

/* Start from leuko_stress_options_default(); later versions may add members. All strings are
 * borrowed for the call. */
typedef struct {
    LeukoEvalOptions eval;  /* model and images, as for leuko_eval_run() */
    const char *only;       /* names of kinds, families and controls, separated by commas
                              (leuko_stress_names()); NULL: all that apply */
    guint n_images;         /* a random sample of so many images, the classes in their shares;
                              0: all */
    guint64 seed;           /* of the sample, of noise and rotation, of folds and permutations */
    const char *figure;     /* that must not fall: "balanced_accuracy", "accuracy", "auc",
                              "sensitivity", "specificity", "macro_f1", "mcc" or "kappa" */
    double limit;           /* by more than this, above 0 and below 1 */
    const char *run_folder; /* keeps the answers of finished conditions, so that a run goes on where
                               it was ended; NULL: none */
    gboolean restart;       /* discard the answers in the run folder */
    /* Controls: */
    const char *train_path; /* the data that the model was trained on: shards, or a folder. Heads
                               are then fitted to its training split and judged on the images;
                               NULL: heads are cross-validated on the images */
    LeukoFolderOptions train_folder; /* how to read it, if it is a folder */
    guint n_permutations;            /* 20 or more */
    double box;                      /* side of the box that hides the cell, as a share of the
                                        image's, above 0 and below 1; 0: measured on the images */
    const char *laboratory_by; /* regular expression, the first (part) of which in the group's name,
                                  else in the file's path, is the laboratory; NULL: the laboratory
                                  is in the table eval.folder.groups (column laboratory, lab, site,
                                  center, centre or hospital), if it has one */
} LeukoStressOptions;

/* leuko_eval_options_default(); all conditions and controls on all images, seed 50, 20
 * permutations, the balanced accuracy must not fall by more than 0.05. */
LeukoStressOptions leuko_stress_options_default(void);

/* All names that `only` accepts, NULL-terminated, static: kinds and families of conditions, and the
 * controls "background", "permuted" and "laboratories". */
const char *const *leuko_stress_names(void);

typedef struct LeukoStressResult LeukoStressResult;

/* Measure.
 * options    NULL: leuko_stress_options_default()
 * reporter   phase "conditions" over the images of all conditions, "features", "permutations";
 *            lines as of leuko_eval_run()
 * Returns a new result, free with leuko_stress_result_free(); NULL on an error.
 * Errors: those of leuko_eval_run(); LEUKO_ERROR_ARGUMENT: an option is out of its range, unknown
 * name in `only`; a figure that does not apply to the model; an expression; LEUKO_ERROR_DATA: the
 * run folder holds answers of another run; the images cannot carry a control that was named in
 * `only`; LEUKO_ERROR_CANCELLED: finished conditions are in the run folder.
 * Cost: for each condition, inference of every image and 10,000 resamples of the figures. */
LeukoStressResult *leuko_stress_run(const char *model_path, const char *data_path,
                                    const LeukoStressOptions *options, GCancellable *cancellable,
                                    LeukoReporter reporter, GError **error);
void leuko_stress_result_free(LeukoStressResult *result); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStressResult, leuko_stress_result_free)

/* The evaluation of the images as they are; borrowed. */
const LeukoEvalResult *leuko_stress_result_clean(const LeukoStressResult *result);
guint leuko_stress_result_n_all(const LeukoStressResult *result); /* images before the sample */
guint64 leuko_stress_result_seed(const LeukoStressResult *result);
/* The figure that must not fall, and by how much it may. */
const char *leuko_stress_result_figure_name(const LeukoStressResult *result);
double leuko_stress_result_limit_value(const LeukoStressResult *result);
/* What a reader of the figures must know, NULL-terminated. */
const gchar *const *leuko_stress_result_notes(const LeukoStressResult *result);

/* --- part 1: conditions ---------------------------------------------------------------------- */

typedef struct {
    const char *kind;    /* "stain-bluer"; "clean" of condition 0; strings are static */
    const char *family;  /* "stain"; "" of condition 0 */
    const char *meaning; /* in plain words */
    const char *unit;    /* "%", "px" (of the image file), "dB", "degrees", "quality"; or "" */
    double strength;     /* in that unit; NAN of condition 0 */
} LeukoStressCondition;

guint leuko_stress_result_n_conditions(const LeukoStressResult *result); /* with the clean one */
void leuko_stress_result_condition(const LeukoStressResult *result, guint index,
                                   LeukoStressCondition *out);
/* A figure of a condition by its name in leuko_eval_result_figure(), or "referred", the share of
 * images that the model refers to a person. FALSE, and *out unchanged: unknown, or not of this
 * model. */
gboolean leuko_stress_result_figure(const LeukoStressResult *result, guint index, const char *name,
                                    LeukoEvalFigure *out);
/* Its change against the clean images: condition minus clean, with an interval of the paired
 * difference (images, or groups if they are known, are resampled once for both). The calibration
 * error "ece" has no interval. FALSE also of condition 0. */
gboolean leuko_stress_result_change(const LeukoStressResult *result, guint index, const char *name,
                                    LeukoEvalFigure *out);

/* What a kind of change does to the figure that must not fall. */
typedef struct {
    const char *kind, *family, *meaning, *unit; /* as of its conditions */
    double breaks_at; /* the weakest strength at which the figure falls by more than the limit;
                         NAN: at none that was tried */
    gboolean certain; /* the whole interval of that change lies below minus the limit */
    double strongest; /* strength that was tried */
    double worst;     /* the lowest change of the figure over the strengths; NAN: not defined */
} LeukoStressLimit;

guint leuko_stress_result_n_limits(const LeukoStressResult *result);
void leuko_stress_result_limit(const LeukoStressResult *result, guint index, LeukoStressLimit *out);

/* --- part 2: controls ------------------------------------------------------------------------ */

typedef enum {
    LEUKO_STRESS_AT_CHANCE,    /* no evidence of more than chance */
    LEUKO_STRESS_ABOVE_CHANCE, /* more than chance: the finding is in the sentence */
    LEUKO_STRESS_DESCRIBES,    /* a figure for comparison, which need not be at chance */
    LEUKO_STRESS_NOT_RUN,      /* the sentence says why; all figures are NAN */
} LeukoStressVerdict;

typedef struct {
    const char *name;    /* "background", "background-model", "silhouette", "permuted",
                             "laboratories", "laboratory"; static */
    const char *title;   /* in plain words; borrowed */
    LeukoEvalFigure auc; /* two classes: ROC-AUC; else the mean of one class against the rest.
                             Of "permuted": with the true labels; the interval is from the 2.5th
                             to the 97.5th percentile with permuted ones */
    LeukoEvalFigure balanced_accuracy; /* value NAN: not computed */
    double chance_mean, chance_95; /* AUC with permuted labels: mean, 95th percentile; NAN: none */
    double p_value;                /* (1 + b) / (1 + n): b of n permutations reach the AUC of the
                                      true labels; NAN: none */
    guint n_permutations;          /* 0: none */
    LeukoStressVerdict verdict;
    const char *sentence; /* what the control says; borrowed */
} LeukoStressControl;

guint leuko_stress_result_n_controls(const LeukoStressResult *result);
void leuko_stress_result_control(const LeukoStressResult *result, guint index,
                                 LeukoStressControl *out);
/* Side of the box that hid the cell, as a share of the image's; NAN: no background control. */
double leuko_stress_result_box(const LeukoStressResult *result);

/* Everything as a JSON object, g_free: "clean" (as of leuko_eval_result_to_json()), "conditions"
 * [{"kind", "family", "strength", "unit", "meaning", "figures", "changes"}], "limits" [members of
 * LeukoStressLimit], "figure", "limit", "controls" [members of LeukoStressControl, figures as
 * {"value", "low", "high", "method", "n", "groups"}], "box", "seed", "n_all", "notes", "notice". */
gchar *leuko_stress_result_to_json(const LeukoStressResult *result);

G_END_DECLS
