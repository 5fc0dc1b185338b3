#include "base/json.h"
#include "stats/metrics.h"
#include "stats/reliability.h"
#include <math.h>

/* {"value", "low", "high", "method", "n", "groups"}; null for a number that is not defined or not
 * estimable. */
json_t *leuko_metric_to_json(const LeukoMetric *metric)
{
    return json_pack(
        "{s:o, s:o, s:o, s:s, s:i, s:i}", "value", leuko_json_real_or_null(metric->value), "low",
        leuko_json_real_or_null(metric->low), "high", leuko_json_real_or_null(metric->high),
        "method", metric->method, "n", (int)metric->n, "groups", (int)metric->n_groups);
}

/* A metric that does not apply (sensitivity of eight classes) is null. A metric that applies but is
 * not estimable is an object whose "method" gives the reason. */
static void put(json_t *object, const char *key, const LeukoMetric *metric, gboolean applies)
{
    json_object_set_new(object, key, applies ? leuko_metric_to_json(metric) : json_null());
}

static json_t *confusion_rows(const LeukoEvaluation *e)
{
    json_t *rows = json_array();
    for (guint k = 0; k < e->n_classes; k++) {
        json_t *row = json_array();
        for (guint j = 0; j < e->n_classes; j++)
            json_array_append_new(row, json_integer(e->confusion[k * e->n_classes + j]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *per_class(const LeukoEvaluation *e)
{
    json_t *classes = json_object();
    for (guint k = 0; k < e->n_classes; k++) {
        json_t *one =
            json_pack("{s:i, s:i}", "n", (int)e->class_n[k], "groups", (int)e->class_groups[k]);
        put(one, "precision", &e->precision[k], TRUE);
        put(one, "recall", &e->recall[k], TRUE);
        put(one, "f1", &e->f1[k], TRUE);
        put(one, "auc", &e->class_auc[k], TRUE);
        json_object_set_new(classes, e->classes[k], one);
    }
    return classes;
}

static json_t *per_group(const LeukoEvaluation *e)
{
    json_t *rows = json_array();
    for (guint g = 0; g < e->n_group_rows; g++) {
        const LeukoGroupRow *row = &e->group_rows[g];
        json_t *counts = json_object();
        for (guint k = 0; k < e->n_classes; k++)
            if (row->n_by_class[k])
                json_object_set_new(counts, e->classes[k], json_integer(row->n_by_class[k]));
        json_array_append_new(
            rows, json_pack("{s:s, s:i, s:i, s:f, s:o, s:o}", "group", row->name, "n", (int)row->n,
                            "correct", (int)row->n_correct, "accuracy",
                            (double)row->n_correct / row->n, "mean_positive",
                            leuko_json_real_or_null(row->mean_positive), "classes", counts));
    }
    return rows;
}

json_t *leuko_evaluation_to_json(const LeukoEvaluation *e)
{
    gboolean two = e->n_classes == 2 && e->positive >= 0;
    json_t *o = json_pack("{s:i, s:i}", "n", (int)e->n, "groups", (int)e->n_groups);
    json_t *classes = json_array();
    for (guint k = 0; k < e->n_classes; k++)
        json_array_append_new(classes, json_string(e->classes[k]));
    json_object_set_new(o, "classes", classes);
    json_object_set_new(o, "positive",
                        e->positive >= 0 ? json_string(e->classes[e->positive]) : json_null());
    json_object_set_new(o, "threshold", leuko_json_real_or_null(e->threshold));
    json_object_set_new(o, "prevalence", leuko_json_real_or_null(e->prevalence));
    json_object_set_new(o, "confusion", confusion_rows(e));
    put(o, "accuracy", &e->accuracy, TRUE);
    put(o, "balanced_accuracy", &e->balanced_accuracy, TRUE);
    put(o, "mcc", &e->mcc, TRUE);
    put(o, "kappa", &e->kappa, TRUE);
    put(o, "auc", &e->auc, TRUE);
    put(o, "auc_hand_till", &e->hand_till, e->n_classes > 2);
    put(o, "sensitivity", &e->sensitivity, two);
    put(o, "specificity", &e->specificity, two);
    put(o, "f1", two ? &e->f1[e->positive] : NULL, two);
    put(o, "macro_f1", &e->macro_f1, TRUE);
    put(o, "micro_f1", &e->accuracy, TRUE); /* equal: each image has one class and one decision */
    put(o, "average_precision", &e->average_precision, two);
    put(o, "ppv", &e->ppv, two && isfinite(e->prevalence));
    put(o, "npv", &e->npv, two && isfinite(e->prevalence));
    put(o, "brier", &e->brier, TRUE);
    put(o, "log_loss", &e->log_loss, TRUE);
    put(o, "ece", &e->ece, TRUE);
    json_object_set_new(o, "calibration", leuko_reliability_to_json(e->reliability, e));
    json_object_set_new(o, "per_class", per_class(e));
    json_object_set_new(o, "per_group", per_group(e));
    return o;
}
