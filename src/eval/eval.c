#include "eval/eval.h"
#include "base/csv.h"
#include "base/json.h"
#include "eval/cautions.h"
#include "eval/opening.h"
#include "leuko/answer.h"
#include <math.h>
#include <string.h>

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
    r->scores = g_new(double, MAX(n, 1));
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
    g_free(r->precision_reason);
    json_decref(r->model_facts);
    g_strfreev(r->classes);
    leuko_dataset_unref(r->dataset);
    g_free(r->labels);
    g_free(r->groups);
    g_free(r->probabilities);
    g_free(r->scores);
    leuko_selective_free(r->selective);
    leuko_evaluation_free(r->evaluation);
    leuko_patient_figures_free(r->patients);
    g_ptr_array_unref(r->warnings);
    g_clear_pointer(&r->allowed_leaks, json_decref);
    g_clear_pointer(&r->leaks, json_decref);
    g_free(r->leaks_text);
    g_free(r);
}

void leuko_eval_result_warn(LeukoEvalResult *r, const char *text)
{
    g_ptr_array_insert(r->warnings, (gint)r->warnings->len - 1, g_strdup(text));
}

void leuko_eval_result_set_leaks(LeukoEvalResult *r, json_t *leaks, const char *text)
{
    r->leaks = json_incref(leaks);
    r->leaks_text = g_strdup(text);
    if (text)
        leuko_eval_result_warn(r, text);
}

/* --- what was evaluated -------------------------------------------------------------------- */

const char *leuko_eval_result_split(const LeukoEvalResult *r) { return r->split; }
guint leuko_eval_result_n_images(const LeukoEvalResult *r) { return r->evaluation->n; }
guint leuko_eval_result_n_groups(const LeukoEvalResult *r) { return r->evaluation->n_groups; }
guint leuko_eval_result_n_classes(const LeukoEvalResult *r) { return r->evaluation->n_classes; }
gint leuko_eval_result_positive(const LeukoEvalResult *r) { return r->evaluation->positive; }
double leuko_eval_result_threshold(const LeukoEvalResult *r) { return r->evaluation->threshold; }

const char *leuko_eval_result_class_name(const LeukoEvalResult *r, guint k)
{
    g_assert(k < r->evaluation->n_classes);
    return r->classes[k];
}

const gchar *const *leuko_eval_result_warnings(const LeukoEvalResult *r)
{
    return (const gchar *const *)r->warnings->pdata;
}

void leuko_eval_result_image(const LeukoEvalResult *r, guint i, LeukoEvalImage *out)
{
    const LeukoEvaluation *e = r->evaluation;
    g_assert(i < e->n);
    const double *p = r->probabilities + (gsize)i * e->n_classes;
    *out = (LeukoEvalImage){.file = leuko_dataset_record(r->dataset, i)->file,
                            .group = r->groups[i],
                            .truth = (guint)r->labels[i],
                            .decision =
                                (guint)leuko_decide(p, e->n_classes, e->positive, e->threshold),
                            .probabilities = p};
}

/* --- figures ------------------------------------------------------------------------------- */

static gboolean take(const LeukoMetric *m, LeukoEvalFigure *out)
{
    if (m)
        *out = (LeukoEvalFigure){m->value, m->low, m->high, m->method, m->n, m->n_groups};
    return m != NULL;
}

const LeukoMetric *leuko_evaluation_find(const LeukoEvaluation *e, const char *name)
{
    gboolean two = e->n_classes == 2 && e->positive >= 0, stated = two && isfinite(e->prevalence);
    const struct {
        const char *name;
        const LeukoMetric *metric;
        gboolean applies;
    } figures[] = {{"accuracy", &e->accuracy, TRUE},
                   {"balanced_accuracy", &e->balanced_accuracy, TRUE},
                   {"mcc", &e->mcc, TRUE},
                   {"kappa", &e->kappa, TRUE},
                   {"auc", &e->auc, TRUE},
                   {"auc_hand_till", &e->hand_till, e->n_classes > 2},
                   {"macro_f1", &e->macro_f1, TRUE},
                   {"micro_f1", &e->accuracy, TRUE},
                   {"brier", &e->brier, TRUE},
                   {"log_loss", &e->log_loss, TRUE},
                   {"ece", &e->ece, TRUE},
                   {"sensitivity", &e->sensitivity, two},
                   {"specificity", &e->specificity, two},
                   {"f1", two ? &e->f1[e->positive] : NULL, two},
                   {"average_precision", &e->average_precision, two},
                   {"ppv", &e->ppv, stated},
                   {"npv", &e->npv, stated}};
    for (guint i = 0; i < G_N_ELEMENTS(figures); i++)
        if (strcmp(name, figures[i].name) == 0)
            return figures[i].applies ? figures[i].metric : NULL;
    return NULL;
}

gboolean leuko_eval_result_figure(const LeukoEvalResult *r, const char *name, LeukoEvalFigure *out)
{
    return take(leuko_evaluation_find(r->evaluation, name), out);
}

gboolean leuko_eval_result_patient_figure(const LeukoEvalResult *r, const char *name,
                                          LeukoEvalFigure *out)
{
    return r->patients && r->patients->figures &&
           take(leuko_evaluation_find(r->patients->figures, name), out);
}

gboolean leuko_eval_result_class_figure(const LeukoEvalResult *r, guint k, const char *name,
                                        LeukoEvalFigure *out)
{
    const LeukoEvaluation *e = r->evaluation;
    g_assert(k < e->n_classes);
    return take(strcmp(name, "recall") == 0      ? &e->recall[k]
                : strcmp(name, "precision") == 0 ? &e->precision[k]
                : strcmp(name, "f1") == 0        ? &e->f1[k]
                : strcmp(name, "auc") == 0       ? &e->class_auc[k]
                                                 : NULL,
                out);
}

guint leuko_eval_result_confusion(const LeukoEvalResult *r, guint truth, guint decision)
{
    const LeukoEvaluation *e = r->evaluation;
    g_assert(truth < e->n_classes && decision < e->n_classes);
    return e->confusion[truth * e->n_classes + decision];
}

/* --- files --------------------------------------------------------------------------------- */

/* A new reference; JSON's null for NULL. */
static json_t *ref_or_null(json_t *json) { return json ? json_incref(json) : json_null(); }

json_t *leuko_eval_result_json(const LeukoEvalResult *r)
{
    json_t *json = leuko_evaluation_to_json(r->evaluation), *warnings = json_array();
    for (const gchar *const *w = leuko_eval_result_warnings(r); *w; w++)
        json_array_append_new(warnings, leuko_json_text(*w));
    json_object_set_new(json, "model", leuko_json_text(r->model));
    json_object_set_new(json, "data", leuko_json_text(r->data));
    json_object_set_new(json, "split", r->split ? json_string(r->split) : json_null());
    if (leuko_opening_has_ledger(r->dataset, r->split))
        json_object_set_new(json, "test_opened_before",
                            json_pack("{s:i, s:i}", "times", (int)r->use.n_openings, "models",
                                      (int)r->use.n_models));
    json_object_set_new(json, "per_patient",
                        r->patients ? leuko_patient_figures_to_json(r->patients) : json_null());
    g_autofree gchar *chance = leuko_chance_text(r->evaluation);
    json_object_set_new(json, "chance", chance ? json_string(chance) : json_null());
    g_autofree gchar *coverage = leuko_coverage_text(r->evaluation);
    json_object_set_new(json, "coverage", coverage ? json_string(coverage) : json_null());
    json_object_set_new(json, "selective",
                        r->selective ? leuko_selective_to_json(r->selective, r->evaluation->classes)
                                     : json_null());
    json_object_set_new(json, "precision", json_string(leuko_precision_name(r->precision)));
    json_object_set_new(json, "precision_reason",
                        r->precision_reason ? json_string(r->precision_reason) : json_null());
    json_object_set_new(json, "guard", r->guard ? json_string(r->guard) : json_null());
    json_object_set_new(json, "allowed_leaks", ref_or_null(r->allowed_leaks));
    json_object_set_new(json, "leaks", ref_or_null(r->leaks));
    json_object_set_new(json, "warnings", warnings);
    json_object_set_new(json, "notice", json_string(LEUKO_RESEARCH_ONLY));
    return json;
}

gchar *leuko_eval_result_to_json(const LeukoEvalResult *r)
{
    g_autoptr(json_t) json = leuko_eval_result_json(r);
    return leuko_json_to_line(json);
}

gchar *leuko_eval_result_to_csv(const LeukoEvalResult *r)
{
    guint n_classes = r->evaluation->n_classes;
    GString *rows = g_string_new("file,group,truth,decided");
    for (guint k = 0; k < n_classes; k++) {
        g_autofree gchar *name = g_strdup_printf("p(%s)", r->classes[k]);
        leuko_csv_append(rows, name);
    }
    leuko_csv_end_row(rows);
    for (guint i = 0; i < r->evaluation->n; i++) {
        LeukoEvalImage image;
        leuko_eval_result_image(r, i, &image);
        leuko_csv_append(rows, image.file);
        leuko_csv_append(rows, image.group);
        leuko_csv_append(rows, r->classes[image.truth]);
        leuko_csv_append(rows, r->classes[image.decision]);
        for (guint k = 0; k < n_classes; k++) {
            gchar number[32];
            leuko_csv_append(
                rows, g_ascii_formatd(number, sizeof number, "%.6f", image.probabilities[k]));
        }
        leuko_csv_end_row(rows);
    }
    return g_string_free(rows, FALSE);
}
