/* eval/eval.h: the evaluation job: a model is judged on labeled images it should not know.
 *
 * The job opens the data, matches classes by name, warns if the model was trained on some of the
 * images or groups, records each use of a test split in its ledger, classifies every image and
 * computes the figures (stats/metrics.h).
 */
#pragma once
#include "answer/classifier.h"
#include "eval/result.h"

G_BEGIN_DECLS

typedef struct {
    LeukoClassifierOptions classifier; /* its threshold is of the positive class below */
    const char *split; /* of shards: "train", "validation", "test"; NULL: test, else validation */
    const char *group_by; /* of a folder per class: regular expression whose first capture in the
                             file's relative path is its group; NULL: no groups */
    const char *positive; /* name of the positive class; NULL: the model's */
    double prevalence;    /* of the positive class in use, between 0 and 1: adds PPV and NPV; NAN */
    const char *command;  /* stands in the ledger; NULL: "leuko_eval_run" */
} LeukoEvalOptions;

LeukoEvalOptions leuko_eval_options_default(void); /* fp32, batch 8, all processors */

/* Evaluate a model or compiled graph on a data set. Lines about the split and the warnings go to
 * `reporter` when they arise; the warnings stand in the result, too.
 * Returns a new result, free with leuko_eval_result_free(); NULL on an error.
 * Errors: LEUKO_ERROR_ARGUMENT: an option does not fit the model or the data (threshold or positive
 * class, split, group_by); LEUKO_ERROR_DATA: the model lacks a class of the data; LEUKO_ERROR_IO:
 * also if the ledger cannot be written; those of opening the model and of the engine; an unreadable
 * image is an error; LEUKO_ERROR_CANCELLED. */
LeukoEvalResult *leuko_eval_run(const char *model_path, const char *data_path,
                                const LeukoEvalOptions *options, GCancellable *cancellable,
                                LeukoReporter reporter, GError **error);

G_END_DECLS
