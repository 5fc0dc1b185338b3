/* eval/result.h: the result of an evaluation job and its files. */
#pragma once
#include "formats/model.h"
#include "leuko/dataset.h"
#include "stats/metrics.h"

G_BEGIN_DECLS

typedef struct LeukoEvalResult LeukoEvalResult;
struct LeukoEvalResult {
    gchar *model, *data;         /* paths */
    gchar *split;                /* NULL: a folder per class */
    GStrv classes;               /* K names in the model's order */
    LeukoDataset *dataset;       /* N records */
    gint *labels;                /* (N), 0..K-1 */
    const char **groups;         /* (N), borrowed from the data set; "" without a group */
    double *probabilities;       /* (N, K) */
    LeukoEvaluation *evaluation; /* NULL until the figures are computed */
    GPtrArray *warnings;         /* of gchar *, NULL-terminated */
};

/* Without labels and probabilities. Takes a reference of `dataset`. */
LeukoEvalResult *leuko_eval_result_new(const char *model_path, const LeukoModel *model,
                                       LeukoDataset *dataset, const char *split);
void leuko_eval_result_free(LeukoEvalResult *result); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoEvalResult, leuko_eval_result_free)

void leuko_eval_result_warn(LeukoEvalResult *result, const char *format, ...) G_GNUC_PRINTF(2, 3);
guint leuko_eval_result_n_warnings(const LeukoEvalResult *result);

/* The JSON of leuko_evaluation_to_json(), with "model", "data", "split", "warnings" and "notice"
 * added. New reference. */
json_t *leuko_eval_result_json(const LeukoEvalResult *result);
/* One row per image: file, group, truth, decided and p(CLASS) for each class. g_free. */
gchar *leuko_eval_result_csv(const LeukoEvalResult *result);

G_END_DECLS
