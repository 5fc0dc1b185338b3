/* A cross-validation as JSON and CSV. */
#include "base/csv.h"
#include "leuko/answer.h"
#include "study/crossval.h"
#include <math.h>

static json_t *spread_json(const LeukoCrossvalResult *r)
{
    static const char *const names[] = {"accuracy",
                                        "balanced_accuracy",
                                        "sensitivity",
                                        "specificity",
                                        "macro_f1",
                                        "mcc",
                                        "kappa",
                                        "auc",
                                        "auc_hand_till",
                                        "average_precision",
                                        "brier",
                                        "log_loss",
                                        "ece"};
    json_t *json = json_object();
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        LeukoCrossvalFigure f;
        if (leuko_crossval_result_figure(r, names[i], &f))
            json_object_set_new(json, names[i],
                                json_pack("{s:o, s:o, s:o}", "sd", leuko_json_real_or_null(f.sd),
                                          "smallest", leuko_json_real_or_null(f.smallest),
                                          "largest", leuko_json_real_or_null(f.largest)));
    }
    return json;
}

static json_t *folds_json(const LeukoCrossvalResult *r)
{
    static const char *const kinds[] = {"network", "logistic", "discriminant"};
    json_t *json = json_array();
    for (guint i = 0; i < r->folds->len; i++) {
        const LeukoFoldAnswers *a = r->answers->pdata[i];
        LeukoCrossvalFold f;
        leuko_crossval_result_fold(r, i, &f);
        json_array_append_new(
            json,
            json_pack("{s:i, s:i, s:o, s:i, s:i, s:i, s:i, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
                      "repeat", (int)f.repeat, "fold", (int)f.fold, "held_out",
                      leuko_json_text(f.held_out), "n_training", (int)f.n_training, "n_held",
                      (int)f.n_held, "held_groups", (int)f.n_held_groups, "inner_folds",
                      (int)a->inner_folds, "too_few_groups_to_choose", a->strong_l2, "head",
                      kinds[f.kind], "shrinkage", leuko_json_real_or_null(f.shrinkage), "l2",
                      leuko_json_real_or_null(f.l2), "threshold",
                      leuko_json_real_or_null(f.threshold), "patient_share",
                      leuko_json_real_or_null(f.patient_share), "accuracy",
                      leuko_json_real_or_null(f.accuracy), "auc", leuko_json_real_or_null(f.auc)));
    }
    return json;
}

static json_t *pairs_json(const LeukoCrossvalResult *r)
{
    const LeukoMetric *m = &r->pair_auc;
    if (r->hold_out != LEUKO_HOLD_OUT_PAIR)
        return json_null();
    return json_pack("{s:i, s:{s:o, s:o, s:o, s:s, s:i, s:i}}", "pairs", (int)r->folds->len, "auc",
                     "value", leuko_json_real_or_null(m->value), "low",
                     leuko_json_real_or_null(m->low), "high", leuko_json_real_or_null(m->high),
                     "method", m->method, "n", (int)m->n, "groups", (int)m->n_groups);
}

static json_t *texts_json(const gchar *const *texts)
{
    json_t *json = json_array();
    for (guint i = 0; texts && texts[i]; i++)
        json_array_append_new(json, leuko_json_text(texts[i]));
    return json;
}

json_t *leuko_crossval_result_json(const LeukoCrossvalResult *r)
{
    static const char *const kinds[] = {"folds", "group", "pair"};
    json_t *repeats = json_array();
    for (guint i = 0; i < r->n_repeats; i++)
        json_array_append_new(repeats, leuko_evaluation_to_json(r->repeats[i]));
    json_t *json = json_pack(
        "{s:o, s:o, s:s, s:i, s:i, s:I, s:O, s:o, s:o, s:o, s:o, s:o, s:o}", "data",
        leuko_json_text(r->path), "splits",
        r->data->splits ? texts_json((const gchar *const *)r->data->splits) : json_null(),
        "held_out", kinds[r->hold_out], "folds_per_repeat", (int)r->n_folds, "n_repeats",
        (int)r->n_repeats, "seed", (json_int_t)r->seed, "recipe", r->recipe, "figures",
        leuko_evaluation_to_json(r->figures), "spread", spread_json(r), "pairs", pairs_json(r),
        "per_patient", r->patients ? leuko_patient_figures_to_json(r->patients) : json_null(),
        "folds", folds_json(r), "repeats", repeats);
    if (r->has_ledger)
        json_object_set_new(json, "test_opened_before",
                            json_pack("{s:i, s:i}", "times", (int)r->use.n_openings, "models",
                                      (int)r->use.n_models));
    json_object_set_new(json, "allowed_leaks",
                        r->allowed_leaks ? json_incref(r->allowed_leaks) : json_null());
    json_object_set_new(json, "notes", texts_json(leuko_crossval_result_notes(r)));
    json_object_set_new(json, "notice", json_string(LEUKO_RESEARCH_ONLY));
    return json;
}

gchar *leuko_crossval_result_to_json(const LeukoCrossvalResult *r)
{
    g_autoptr(json_t) json = leuko_crossval_result_json(r);
    return leuko_json_to_line(json);
}

static void append_number(GString *rows, const char *format, double value)
{
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];
    leuko_csv_append(rows, g_ascii_formatd(text, sizeof text, format, value));
}

static void append_fold(GString *rows, const LeukoCrossvalResult *r, guint index)
{
    const LeukoCrossvalData *d = r->data;
    const LeukoFold *f = r->folds->pdata[index];
    const LeukoFoldAnswers *a = r->answers->pdata[index];
    const gchar *const *classes = leuko_dataset_classes(d->dataset);
    for (guint j = 0; j < a->n_held; j++) {
        const LeukoRecord *record = leuko_dataset_record(d->dataset, a->held[j]);
        const double *p = a->p + (gsize)j * d->n_classes;
        append_number(rows, "%.0f", f->repeat + 1);
        append_number(rows, "%.0f", f->index + 1);
        leuko_csv_append(rows, record->file);
        leuko_csv_append(rows, classes[record->label]);
        leuko_csv_append(rows, record->group);
        for (guint k = 0; k < d->n_classes; k++)
            append_number(rows, "%.9f", p[k]);
        leuko_csv_append(rows, classes[leuko_decide(p, d->n_classes, d->positive, a->threshold)]);
        leuko_csv_end_row(rows);
    }
}

gchar *leuko_crossval_result_to_csv(const LeukoCrossvalResult *r)
{
    GString *rows = g_string_new("repeat,fold,file,class,group");
    for (guint k = 0; k < r->data->n_classes; k++) {
        g_autofree gchar *name =
            g_strdup_printf("p(%s)", leuko_dataset_classes(r->data->dataset)[k]);
        leuko_csv_append(rows, name);
    }
    leuko_csv_append(rows, "decided");
    leuko_csv_end_row(rows);
    for (guint i = 0; i < r->folds->len; i++)
        append_fold(rows, r, i);
    return g_string_free(rows, FALSE);
}
