/* eval/eval.h: the result of an evaluation, as modules inside Leuko see it (leuko/eval.h). */
#pragma once
#include "data/ledger.h"
#include "formats/model.h"
#include "leuko/dataset.h"
#include "leuko/eval.h"
#include "leuko/precision.h"
#include "stats/patients.h"
#include "stats/selective.h"

G_BEGIN_DECLS

struct LeukoEvalResult {
    gchar *model, *data;      /* paths */
    gchar *split;             /* NULL: a folder per class */
    LeukoPrecision precision; /* that the model ran in */
    gchar *precision_reason;
    json_t *model_facts;           /* leuko_model_facts() */
    GStrv classes;                 /* K names in the model's order */
    LeukoDataset *dataset;         /* N records */
    gint *labels;                  /* (N), 0..K-1 */
    const char **groups;           /* (N), borrowed from the data set; "" without a group */
    double *probabilities;         /* (N, K) */
    double *scores;                /* (N) of the model's `typical`, NAN without */
    LeukoEvaluation *evaluation;   /* NULL until the figures are computed */
    LeukoPatientFigures *patients; /* NULL: no groups, or not two classes with a positive one */
    LeukoSelective *selective;     /* NULL: the model refers no image */
    LeukoLedgerUse use;            /* of the test split, before this evaluation */
    const char *guard;             /* leuko_overlap_reach() */
    json_t *allowed_leaks;         /* leuko_model_allowed_leaks(), or NULL */
    json_t *leaks;                 /* with the splits before this one; NULL: not looked for */
    gchar *leaks_text;             /* the warning about them; NULL: there are none */
    GPtrArray *warnings;           /* of gchar *, NULL-terminated */
};

/* A result without labels, probabilities and figures. Takes a reference of `dataset`. */
LeukoEvalResult *leuko_eval_result_new(const char *model_path, const LeukoModel *model,
                                       LeukoDataset *dataset, const char *split);
/* Add a warning, if it is not there yet; the text is copied. */
void leuko_eval_result_warn(LeukoEvalResult *result, const char *text);

/* What the split shares with the splits before it. leaks: a new reference is taken; text: the
 * warning about them, copied. Both may be NULL. */
void leuko_eval_result_set_leaks(LeukoEvalResult *result, json_t *leaks, const char *text);

/* A metric by its name in leuko_eval_result_figure(); NULL: unknown, or it does not apply. */
const LeukoMetric *leuko_evaluation_find(const LeukoEvaluation *evaluation, const char *name);

json_t *leuko_eval_result_json(const LeukoEvalResult *result); /* new reference */

G_END_DECLS
