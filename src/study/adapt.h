/* study/adapt.h: the result of an adaptation, as modules inside Leuko see it (leuko/adapt.h). */
#pragma once
#include "base/json.h"
#include "leuko/adapt.h"
#include "stats/paired.h"
#include "study/adapt-fit.h"
#include "study/compare.h"

G_BEGIN_DECLS

/* What a fold of the outer cross-validation chose. */
typedef struct {
    guint fold, n_training, n_held; /* fold from 1 */
    guint steps;
    double l2;
} LeukoAdaptFold;

struct LeukoAdaptResult {
    gchar *model, *path, *out;
    LeukoAdaptLab *lab;
    guint n;             /* scored records */
    guint *records;      /* (n) */
    guint *fold;         /* (n) outer fold, from 1 */
    gint *labels;        /* (n) classes of the model */
    const char **groups; /* (n) */
    guint *class_counts; /* (K) */
    double *p[2];        /* (n, K) before, after */
    gint *decisions[2];  /* (n) */
    guint n_folds;
    LeukoAdaptFold *folds; /* (n_folds) */
    LeukoAdaptFit *fit;    /* of all records */
    LeukoEvaluation *evaluation[2];
    LeukoPaired *paired;
    gboolean has_gain, is_written;
    gchar *sentence;
};

#define LEUKO_ADAPT_FIGURE "accuracy" /* that decides */

/* "color", "center" or "head". */
const char *leuko_adapt_step_name(LeukoAdaptSteps step);
/* What is recorded in the adapted model: no name, no path. New reference. */
json_t *leuko_adapt_summary_json(const LeukoAdaptResult *result);
json_t *leuko_adapt_result_json(const LeukoAdaptResult *result); /* new reference */

G_END_DECLS
