#include "report/document.h"
#include "base/error.h"
#include "base/json.h"
#include "engine/dnnl.h"
#include "engine/processor.h"
#include "leuko/version.h"
#include "report/facts.h"
#include "report/flow.h"
#include "report/mistake-maps.h"
#include "report/words.h"

enum { LEDGER_ROWS = 50 };

json_t *leuko_report_document_new(const char *kind, const char *title, json_t *result)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree gchar *when = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    return json_pack("{s:i, s:s, s:o, s:s, s:s, s:s, s:[], s:[], s:o}", "format",
                     LEUKO_REPORT_FORMAT, "kind", kind, "title", leuko_json_text(title), "notice",
                     LEUKO_RESEARCH_ONLY, "made", when, "leuko", leuko_version(), "summary",
                     "cautions", "result", result);
}

gboolean leuko_report_add_provenance(json_t *document, const LeukoDataset *dataset,
                                     const char *command, GError **error)
{
    g_autofree gchar *digest = leuko_dataset_digest(dataset, error);
    if (!digest)
        return FALSE;
    json_t *p = json_pack("{s:o, s:s, s:s, s:s, s:s}", "command",
                          command ? leuko_json_text(command) : json_null(), "leuko",
                          leuko_version(), "onednn", leuko_dnnl_version(), "instruction_set",
                          leuko_processor_isa_name(), "dataset", digest);
    json_object_set_new(document, "provenance", p);
    return TRUE;
}

void leuko_report_add_checklists(json_t *document)
{
    g_autoptr(json_t) facts = leuko_report_facts(document);
    json_object_set_new(document, "checklists", leuko_report_checklists(facts));
}

void leuko_report_drop_pictures(json_t *document)
{
    gsize i;
    json_t *one;
    json_array_foreach(json_object_get(json_object_get(document, "mistakes"), "images"), i, one)
    {
        json_object_del(one, "picture");
        json_object_del(one, "map");
    }
}

/* --- an evaluation -------------------------------------------------------------------------- */

LeukoReportAnswers leuko_report_eval_answers(const LeukoEvalResult *r, gint **decisions)
{
    const LeukoEvaluation *e = r->evaluation;
    *decisions = g_new(gint, MAX(e->n, 1));
    for (guint i = 0; i < e->n; i++) {
        LeukoEvalImage image;
        leuko_eval_result_image(r, i, &image);
        (*decisions)[i] = (gint)image.decision;
    }
    return (LeukoReportAnswers){.name = r->model,
                                .n = e->n,
                                .n_classes = e->n_classes,
                                .classes = (const gchar *const *)e->classes,
                                .labels = r->labels,
                                .decisions = *decisions,
                                .probabilities = r->probabilities,
                                .groups = e->n_groups > 0 ? r->groups : NULL,
                                .positive = e->positive,
                                .threshold = e->threshold,
                                .dataset = r->dataset};
}

static void say_what(json_t *summary, const LeukoEvalResult *r)
{
    const LeukoEvaluation *e = r->evaluation;
    g_autofree gchar *counts = leuko_counts_text(e);
    leuko_say(summary, "%s was evaluated on %s%s%s%s: %s.", r->model, r->data, r->split ? ", " : "",
              r->split ? r->split : "", r->split ? " split" : "", counts);
    if (e->n_groups > 0)
        leuko_say(summary, "A group is a patient or a slide, as the data names it.");
}

json_t *leuko_report_audit_json(const LeukoEvalResult *r)
{
    json_t *provenance = json_object_get(r->model_facts, "provenance");
    json_t *warnings = json_array(), *allowed = json_object_get(provenance, "allowed_leaks");
    for (const gchar *const *w = leuko_eval_result_warnings(r); *w; w++)
        json_array_append_new(warnings, leuko_json_text(*w));
    return json_pack(
        "{s:o, s:o, s:O?, s:o}", "warnings", warnings, "recognized",
        r->guard ? json_string(r->guard) : json_null(), "allowed_leaks", allowed, "ledger",
        leuko_dataset_layout(r->dataset) ? json_null()
                                         : leuko_report_ledger_json(r->data, LEDGER_ROWS));
}

json_t *leuko_report_eval_document(const LeukoEvalResult *r, const char *command, guint n_mistakes,
                                   GCancellable *cancellable, GError **error)
{
    g_autofree gchar *model = g_path_get_basename(r->model), *data = g_path_get_basename(r->data);
    g_autofree gchar *title = g_strdup_printf("Evaluation of %s on %s", model, data);
    g_autoptr(json_t) document =
        leuko_report_document_new("eval", title, leuko_eval_result_json(r));
    g_autofree gint *decisions = NULL;
    LeukoReportAnswers answers = leuko_report_eval_answers(r, &decisions);
    json_t *summary = json_object_get(document, "summary");
    say_what(summary, r);
    leuko_figures_in_words(summary, r->evaluation);
    leuko_patients_in_words(summary, r->patients);
    leuko_selective_in_words(summary, r->selective);
    leuko_eval_cautions_in_words(json_object_get(document, "cautions"), r, "");
    json_object_set_new(document, "curves", leuko_report_curves_json(&answers, 1));
    json_t *mistakes = leuko_report_mistakes_json(&answers, NULL, n_mistakes);
    json_object_set_new(document, "mistakes", mistakes);
    leuko_report_add_pictures(mistakes, r->dataset);
    if (!leuko_report_add_maps(mistakes, r->model, r->dataset, cancellable, error))
        return NULL;
    json_object_set_new(document, "flow",
                        leuko_report_flow_json(&answers, r->split, r->evaluation->n_groups));
    json_object_set_new(document, "audit", leuko_report_audit_json(r));
    json_object_set(document, "model", r->model_facts);
    if (leuko_is_cancelled(cancellable, error) ||
        !leuko_report_add_provenance(document, r->dataset, command, error))
        return NULL;
    leuko_report_add_checklists(document);
    return g_steal_pointer(&document);
}
