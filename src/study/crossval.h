/* study/crossval.h: the result of a cross-validation, as modules inside Leuko see it
 * (leuko/crossval.h). */
#pragma once
#include "base/json.h"
#include "leuko/crossval.h"
#include "stats/patients.h"
#include "study/crossval-answers.h"
#include "study/crossval-data.h"

G_BEGIN_DECLS

/* The spread of a metric over the repeats. */
typedef struct {
    double sd, smallest, largest;
} LeukoSpread;

struct LeukoCrossvalResult {
    gchar *path; /* of the data */
    LeukoCrossvalData *data;
    LeukoHoldOut hold_out;
    guint n_folds, n_repeats; /* folds of a repeat */
    guint64 seed;
    double l2;             /* fixed; 0: chosen in every fold */
    json_t *recipe;        /* what was trained, with which settings */
    json_t *allowed_leaks; /* of the initial weights' model, or NULL */
    GPtrArray *folds;      /* of LeukoFold */
    GPtrArray *held_out;   /* of gchar *: the groups of each fold, or "" */
    GPtrArray *answers;    /* of LeukoFoldAnswers, one for each fold */
    gboolean has_ledger;   /* the test split of shards was opened */
    LeukoLedgerUse use;    /* before this cross-validation */

    LeukoEvaluation **repeats; /* (n_repeats) */
    /* That of the first repeat, each metric with the means of value, low and high. */
    LeukoEvaluation *figures;
    GHashTable *spreads;           /* LeukoMetric of `figures` -> LeukoSpread */
    LeukoPatientFigures *patients; /* of the first repeat; NULL: as for an evaluation */
    LeukoMetric pair_auc;          /* value NAN unless pairs are held out */
};

/* Compute the figures from the answers. Errors: those of leuko_evaluate(). */
gboolean leuko_crossval_compute(LeukoCrossvalResult *result, guint n_threads, GError **error);

/* Of a metric of `figures`; NULL with one repeat. */
const LeukoSpread *leuko_crossval_spread(const LeukoCrossvalResult *result, const LeukoMetric *m);

json_t *leuko_crossval_result_json(const LeukoCrossvalResult *result); /* new reference */

G_END_DECLS
