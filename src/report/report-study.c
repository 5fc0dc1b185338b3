#include "leuko/report-study.h"
#include "base/json.h"
#include "base/plural.h"
#include "report/chart.h"
#include "report/document.h"
#include "report/flow.h"
#include "report/mistake-maps.h"
#include "report/report-folder.h"
#include "report/words.h"
#include "study/compare.h"
#include "study/crossval-repeat.h"
#include <math.h>

enum { LEDGER_ROWS = 50 };

/* --- a cross-validation --------------------------------------------------------------------- */

static LeukoReportAnswers answers_of(const LeukoCrossvalResult *r, const LeukoRepeatAnswers *a,
                                     const char *name)
{
    const LeukoCrossvalData *d = r->data;
    return (LeukoReportAnswers){.name = name,
                                .n = a->n,
                                .n_classes = d->n_classes,
                                .classes = leuko_dataset_classes(d->dataset),
                                .labels = a->labels,
                                .decisions = a->decisions,
                                .probabilities = a->p,
                                .groups = d->has_groups ? a->groups : NULL,
                                .positive = d->positive,
                                .threshold = NAN,
                                .dataset = d->dataset,
                                .records = a->records};
}

static void say_repeats(json_t *summary, const LeukoCrossvalResult *r)
{
    static const char *const kinds[] = {
        "whole groups are divided into folds", "each group is held out once",
        "every pair of a positive and a negative group is held out"};
    g_autofree gchar *counts = leuko_counts_text(r->figures);
    LeukoCrossvalFigure auc;
    leuko_say(summary, "The recipe was cross-validated on %s: %s.", r->path, counts);
    leuko_say(summary,
              "In %u %s of %u %s, %s; every image is answered by a model that was trained without "
              "it, without its group and without its copies.",
              r->n_repeats, LEUKO_PLURAL(r->n_repeats, "repeat"), r->n_folds,
              LEUKO_PLURAL(r->n_folds, "fold"), kinds[r->hold_out]);
    leuko_figures_in_words(summary, r->figures);
    if (r->n_repeats > 1 && leuko_crossval_result_figure(r, "auc", &auc) && isfinite(auc.sd))
        leuko_say(summary,
                  "Over the repeats the ROC-AUC lies between %.3f and %.3f: so much the division "
                  "changes. It is no evidence about other patients.",
                  auc.smallest, auc.largest);
    leuko_patients_in_words(summary, r->patients);
}

static json_t *crossval_curves(const LeukoCrossvalResult *r)
{
    guint n = MIN(r->n_repeats, LEUKO_CHART_SERIES);
    g_autofree LeukoRepeatAnswers *repeats = g_new0(LeukoRepeatAnswers, n);
    g_autofree LeukoReportAnswers *answers = g_new0(LeukoReportAnswers, n);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++) {
        g_ptr_array_add(names, n == 1 ? g_strdup("held-out answers")
                                      : g_strdup_printf("repeat %u", i + 1));
        leuko_repeat_answers_init(&repeats[i], r, i);
        answers[i] = answers_of(r, &repeats[i], names->pdata[i]);
    }
    json_t *curves = leuko_report_curves_json(answers, n);
    for (guint i = 0; i < n; i++)
        leuko_repeat_answers_clear(&repeats[i]);
    return curves;
}

static json_t *crossval_document(const LeukoCrossvalResult *r, const LeukoReportOptions *options,
                                 GError **error)
{
    g_autofree gchar *data = g_path_get_basename(r->path);
    g_autofree gchar *title = g_strdup_printf("Cross-validation on %s", data);
    g_autoptr(json_t) document =
        leuko_report_document_new("crossval", title, leuko_crossval_result_json(r));
    g_auto(LeukoRepeatAnswers) first = {0};
    leuko_repeat_answers_init(&first, r, 0);
    LeukoReportAnswers answers = answers_of(r, &first, "repeat 1");
    json_t *cautions = json_object_get(document, "cautions"), *notes = json_array();
    say_repeats(json_object_get(document, "summary"), r);
    for (const gchar *const *note = leuko_crossval_result_notes(r); *note; note++) {
        leuko_say(cautions, "%s", *note);
        json_array_append_new(notes, leuko_json_text(*note));
    }
    leuko_cautions_in_words(cautions, r->figures, r->has_ledger ? &r->use : NULL);
    json_object_set_new(document, "curves", crossval_curves(r));
    json_t *mistakes = leuko_report_mistakes_json(&answers, NULL, options->n_mistakes);
    json_object_set_new(document, "mistakes", mistakes);
    leuko_report_add_pictures(mistakes, r->data->dataset);
    json_object_set_new(mistakes, "no_maps",
                        json_string("each image was answered by the model of its fold, and these "
                                    "models are not kept"));
    g_autofree gchar *splits = r->data->splits ? g_strjoinv(",", r->data->splits) : NULL;
    json_object_set_new(document, "flow",
                        leuko_report_flow_json(&answers, splits, r->figures->n_groups));
    json_object_set_new(
        document, "audit",
        json_pack("{s:o, s:o}", "warnings", notes, "ledger",
                  r->has_ledger ? leuko_report_ledger_json(r->path, LEDGER_ROWS) : json_null()));
    if (!leuko_report_add_provenance(document, r->data->dataset, options->command, error))
        return NULL;
    leuko_report_add_checklists(document);
    return g_steal_pointer(&document);
}

/* --- a comparison --------------------------------------------------------------------------- */

static void say_differences(json_t *summary, const LeukoCompareResult *r)
{
    static const char *const names[] = {"auc", "accuracy"};
    static const char *const shown[] = {"ROC-AUC", "accuracy"};
    const LeukoEvalResult *a = leuko_compare_result_evaluation(r, 0);
    const LeukoEvalResult *b = leuko_compare_result_evaluation(r, 1);
    LeukoCompareCounts c = leuko_compare_result_counts(r);
    g_autofree gchar *counts = leuko_counts_text(a->evaluation);
    leuko_say(summary, "%s (first) and %s (second) were compared on %s%s%s%s: %s.", a->model,
              b->model, a->data, a->split ? ", " : "", a->split ? a->split : "",
              a->split ? " split" : "", counts);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        LeukoCompareFigure f;
        if (!leuko_compare_result_figure(r, names[i], &f) || !isfinite(f.difference))
            continue;
        if (!isfinite(f.low)) {
            leuko_say(summary,
                      "The %s is %.3f and %.3f, a difference of %+.3f without an interval.",
                      shown[i], f.first, f.second, f.difference);
            continue;
        }
        leuko_say(summary,
                  "The %s is %.3f and %.3f, a difference of %+.3f (95 %% interval %+.3f to %+.3f): "
                  "%s.",
                  shown[i], f.first, f.second, f.difference, f.low, f.high,
                  f.low > 0    ? "the second is better"
                  : f.high < 0 ? "the first is better"
                               : "these images do not show which is better");
    }
    leuko_say(summary,
              "Right decisions: both %u, only the first %u, only the second %u, neither %u.",
              c.both, c.only_first, c.only_second, c.neither);
}

/* Append the images that answers `a` have wrong and answers `b` right. */
static void add_only_wrong(json_t *mistakes, const LeukoReportAnswers *a,
                           const LeukoReportAnswers *b, guint most)
{
    g_autofree gboolean *among = g_new(gboolean, MAX(a->n, 1));
    for (guint i = 0; i < a->n; i++)
        among[i] = b->decisions[i] == b->labels[i];
    g_autoptr(json_t) own = leuko_report_mistakes_json(a, among, most);
    json_t *images = json_object_get(mistakes, "images"), *one;
    gsize i;
    json_array_foreach(json_object_get(own, "images"), i, one)
    {
        json_object_set_new(one, "model", leuko_json_text(a->name));
        json_array_append(images, one);
    }
    json_int_t n = json_integer_value(json_object_get(mistakes, "n")) +
                   json_integer_value(json_object_get(own, "n"));
    json_object_set_new(mistakes, "n", json_integer(n));
}

static json_t *compare_document(const LeukoCompareResult *r, const LeukoReportOptions *options,
                                GError **error)
{
    const LeukoEvalResult *a = leuko_compare_result_evaluation(r, 0);
    const LeukoEvalResult *b = leuko_compare_result_evaluation(r, 1);
    g_autofree gchar *first = g_path_get_basename(a->model),
                     *second = g_path_get_basename(b->model);
    g_autofree gchar *title = g_strdup_printf("Comparison of %s and %s", first, second);
    g_autoptr(json_t) document =
        leuko_report_document_new("compare", title, leuko_compare_result_json(r));
    g_autofree gint *decisions_a = NULL, *decisions_b = NULL;
    const LeukoReportAnswers answers[] = {leuko_report_eval_answers(a, &decisions_a),
                                          leuko_report_eval_answers(b, &decisions_b)};
    json_t *cautions = json_object_get(document, "cautions");
    say_differences(json_object_get(document, "summary"), r);
    leuko_eval_cautions_in_words(cautions, a, "first model: ");
    leuko_eval_cautions_in_words(cautions, b, "second model: ");
    json_object_set_new(document, "curves", leuko_report_curves_json(answers, 2));
    json_t *mistakes = json_pack("{s:i, s:[]}", "n", 0, "images");
    json_object_set_new(document, "mistakes", mistakes);
    add_only_wrong(mistakes, &answers[0], &answers[1], options->n_mistakes / 2);
    add_only_wrong(mistakes, &answers[1], &answers[0], options->n_mistakes / 2);
    leuko_report_add_pictures(mistakes, a->dataset);
    if (!leuko_report_add_maps(mistakes, a->model, a->dataset, NULL, error) ||
        !leuko_report_add_maps(mistakes, b->model, a->dataset, NULL, error))
        return NULL;
    json_object_set_new(document, "flow",
                        leuko_report_flow_json(answers, a->split, a->evaluation->n_groups));
    json_object_set_new(document, "audit", leuko_report_audit_json(a));
    json_object_set(document, "model", a->model_facts);
    json_object_set(document, "second_model", b->model_facts);
    if (!leuko_report_add_provenance(document, a->dataset, options->command, error))
        return NULL;
    leuko_report_add_checklists(document);
    return g_steal_pointer(&document);
}

/* --- files ---------------------------------------------------------------------------------- */

gboolean leuko_report_write_crossval(const LeukoCrossvalResult *result, const char *dir,
                                     const LeukoReportOptions *options, GError **error)
{
    const LeukoReportOptions standard = leuko_report_options_default();
    if (!leuko_report_check(dir, error))
        return FALSE;
    g_autoptr(json_t) document = crossval_document(result, options ? options : &standard, error);
    return document && leuko_report_write(document, dir, error);
}

gboolean leuko_report_write_compare(const LeukoCompareResult *result, const char *dir,
                                    const LeukoReportOptions *options, GError **error)
{
    const LeukoReportOptions standard = leuko_report_options_default();
    if (!leuko_report_check(dir, error))
        return FALSE;
    g_autoptr(json_t) document = compare_document(result, options ? options : &standard, error);
    return document && leuko_report_write(document, dir, error);
}
