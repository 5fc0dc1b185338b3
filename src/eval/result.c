#include "eval/result.h"
#include "base/csv.h"
#include "base/json.h"
#include "leuko/answer.h"

LeukoEvalResult *leuko_eval_result_new(const char *model_path, const LeukoModel *m,
                                       LeukoDataset *dataset, const char *split)
{
    guint n = leuko_dataset_n_records(dataset);
    LeukoEvalResult *r = g_new0(LeukoEvalResult, 1);
    r->model = g_strdup(model_path);
    r->data = g_strdup(leuko_dataset_path(dataset));
    r->split = g_strdup(split);
    r->classes = g_strdupv(m->classes);
    r->dataset = leuko_dataset_ref(dataset);
    r->groups = g_new(const char *, MAX(n, 1));
    for (guint i = 0; i < n; i++)
        r->groups[i] = leuko_dataset_record(dataset, i)->group;
    r->probabilities = g_new(double, MAX((gsize)n * m->spec.n_classes, 1));
    r->warnings = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(r->warnings, NULL);
    return r;
}

void leuko_eval_result_free(LeukoEvalResult *r)
{
    if (!r)
        return;
    g_free(r->model);
    g_free(r->data);
    g_free(r->split);
    g_strfreev(r->classes);
    leuko_dataset_unref(r->dataset);
    g_free(r->labels);
    g_free(r->groups);
    g_free(r->probabilities);
    leuko_evaluation_free(r->evaluation);
    g_ptr_array_unref(r->warnings);
    g_free(r);
}

void leuko_eval_result_warn(LeukoEvalResult *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_insert(r->warnings, (gint)r->warnings->len - 1, g_strdup_vprintf(format, args));
    va_end(args);
}

guint leuko_eval_result_n_warnings(const LeukoEvalResult *r) { return r->warnings->len - 1; }

json_t *leuko_eval_result_json(const LeukoEvalResult *r)
{
    json_t *json = leuko_evaluation_to_json(r->evaluation), *warnings = json_array();
    for (guint i = 0; i < leuko_eval_result_n_warnings(r); i++)
        json_array_append_new(warnings, leuko_json_text(r->warnings->pdata[i]));
    json_object_set_new(json, "model", leuko_json_text(r->model));
    json_object_set_new(json, "data", leuko_json_text(r->data));
    json_object_set_new(json, "split", r->split ? json_string(r->split) : json_null());
    json_object_set_new(json, "warnings", warnings);
    json_object_set_new(json, "notice", json_string(LEUKO_RESEARCH_ONLY));
    return json;
}

gchar *leuko_eval_result_csv(const LeukoEvalResult *r)
{
    const LeukoEvaluation *e = r->evaluation;
    GString *rows = g_string_new("file,group,truth,decided");
    for (guint k = 0; k < e->n_classes; k++) {
        g_autofree gchar *name = g_strdup_printf("p(%s)", r->classes[k]);
        leuko_csv_append(rows, name);
    }
    leuko_csv_end_row(rows);
    for (guint i = 0; i < e->n; i++) {
        const double *p = r->probabilities + (gsize)i * e->n_classes;
        gint decided = leuko_decide(p, e->n_classes, e->positive, e->threshold);
        leuko_csv_append(rows, leuko_dataset_record(r->dataset, i)->file);
        leuko_csv_append(rows, r->groups[i]);
        leuko_csv_append(rows, r->classes[r->labels[i]]);
        leuko_csv_append(rows, r->classes[decided]);
        for (guint k = 0; k < e->n_classes; k++) {
            gchar number[32];
            leuko_csv_append(rows, g_ascii_formatd(number, sizeof number, "%.6f", p[k]));
        }
        leuko_csv_end_row(rows);
    }
    return g_string_free(rows, FALSE);
}
