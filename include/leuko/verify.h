/* leuko/verify.h: compare the answers of two models; the first is the reference.
 *
 * Any two files that Leuko runs can be compared: models, frozen graphs, ONNX models, compiled
 * graphs. Both classify the same images, each with its own preprocessing, or the same random
 * inputs. Two files in fp32 must agree up to rounding; if one of them runs or is stored in a
 * reduced precision, its decisions, probabilities and AUC must agree.
 */
#pragma once
#include "leuko/folder.h"
#include "leuko/precision.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* Start from leuko_verify_options_default(); later versions may add members. */
typedef struct {
    LeukoPrecision precision;  /* of models: fp32 or bf16; a compiled graph has its own */
    guint n_threads;           /* 0: all processors */
    const char *data;          /* folder of shards, or folder of images; NULL: random inputs */
    LeukoFolderOptions folder; /* how to read a folder of images; not for shards */
    const char *split;         /* of shards, or of a folder with splits; NULL: the first of test,
                          validation, train that exists */
    guint n_inputs;            /* random inputs, at least 1 */
    guint64 seed;              /* of the random inputs */
    /* Limits; NAN: the default, or no limit. max_dp has a default (0.001) unless one of the two
     * has a reduced precision. mean_dp, flips and auc have defaults (0.01, 0.01, 0.005) if one
     * has a reduced precision, or if the caller limits one of the three. */
    double max_dp;       /* largest difference of two probabilities */
    double mean_dp;      /* mean difference of the probability that the reference decides by */
    double flips;        /* share of the decisions that differ */
    double auc;          /* AUC of the reference minus AUC of the other */
    const char *command; /* text for the ledger of a test split; NULL: "leuko_verify_run" */
} LeukoVerifyOptions;

/* fp32, all processors, 16 random inputs, seed 50, the default limits. */
LeukoVerifyOptions leuko_verify_options_default(void);

typedef struct {
    const char *name; /* "largest |dp|"; static */
    double value;
    double limit;  /* NAN: not judged */
    gboolean over; /* value is above limit */
} LeukoVerifyFigure;

enum { LEUKO_MAX_VERIFY_FIGURES = 5, LEUKO_N_VERIFY_CHECKS = 5 };

/* Later versions may add members at the end. */
typedef struct {
    gboolean same; /* no figure is above its limit */
    guint n, n_classes;
    gchar *split;  /* NULL: not shards */
    GStrv classes; /* (K) names */
    guint n_flips; /* decisions that differ */
    double max_dp, mean_dp, flips;
    double relative;           /* L2 distance of all probabilities by their L2 norm */
    double auc_reference, auc; /* NAN without labeled images */
    guint n_figures;           /* figures with their limits */
    LeukoVerifyFigure figures[LEUKO_MAX_VERIFY_FIGURES];
    guint n_over; /* figures above their limit */
    /* The figures of the NCSDK's check tool (mvNCCheck) with its limits, each from the image where
     * it is largest. They do not decide `same`. */
    LeukoVerifyFigure checks[LEUKO_N_VERIFY_CHECKS];
    guint worst;                             /* number of the image with the largest difference */
    double *worst_reference, *worst_answers; /* (K) its probabilities */
    gboolean has_ledger; /* the images are the test split of shards, which was opened before: */
    guint n_openings, n_models; /* so many times, for so many models */
} LeukoVerifyReport;
void leuko_verify_report_free(LeukoVerifyReport *report); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoVerifyReport, leuko_verify_report_free)

/* Compare two files. A use of a test split is recorded in its ledger for both.
 * reporter  progress, and one line each for the notes of the two models, for what is compared on,
 *           and for the number of earlier uses of a test split
 * Returns a new report, also if the models differ; NULL on an error.
 * Errors: LEUKO_ERROR_ARGUMENT: the models have different classes, or on random inputs different
 * input sizes, an option is out of range; LEUKO_ERROR_DATA: the data has a class that the models
 * lack; those of leuko_classifier_open() and of reading the images; LEUKO_ERROR_CANCELLED. */
LeukoVerifyReport *leuko_verify_run(const char *reference_path, const char *path,
                                    const LeukoVerifyOptions *options, GCancellable *cancellable,
                                    LeukoReporter reporter, GError **error);

/* The report as a JSON object, g_free: "n", "n_flips", "same", "max_dp", "mean_dp", "relative",
 * "flips", "auc_reference", "auc", "limits" and "checks" by name; for the test split of
 * shards "test_opened_before": {"times", "models"}. */
gchar *leuko_verify_report_to_json(const LeukoVerifyReport *report);

G_END_DECLS
