#include "base/json.h"
#include "leuko/report-study.h"
#include "report/document.h"
#include "report/report-folder.h"
#include "report/words.h"
#include "study/stress.h"
#include <string.h>

/* What a control above chance means, before the figure that it found. */
static const char *meaning_of(const char *name)
{
    static const char *const meanings[][2] = {
        {"background", "The classes can be told apart when the cell is covered, so something "
                       "outside the cell gives the class away"},
        {"background-model", "The model still separates the classes when the cell is covered, so "
                             "it decides in part by something outside the cell"},
        {"permuted", "A head that was trained on permuted labels is better than chance, so "
                     "the way the images are divided tells it the labels"}};
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (strcmp(name, meanings[i][0]) == 0)
            return meanings[i][1];
    return "This control is above chance";
}

/* "findings": the sentences of the controls that are not at chance; also the first cautions. */
static void add_findings(json_t *document, json_t *stress, const LeukoStressResult *r)
{
    json_t *findings = json_array(), *cautions = json_object_get(document, "cautions");
    for (guint i = 0; i < leuko_stress_result_n_controls(r); i++) {
        LeukoStressControl c;
        leuko_stress_result_control(r, i, &c);
        if (c.verdict != LEUKO_STRESS_ABOVE_CHANCE)
            continue;
        leuko_say(findings, "%s (%s: %s)", meaning_of(c.name), c.title, c.sentence);
        json_array_insert_new(cautions, json_array_size(findings) - 1,
                              leuko_json_text(meaning_of(c.name)));
    }
    json_object_set_new(stress, "findings", findings);
}

static json_t *stress_document(const LeukoStressResult *r, const LeukoReportOptions *options,
                               GCancellable *cancellable, GError **error)
{
    const LeukoEvalResult *clean = leuko_stress_result_clean(r);
    g_autoptr(json_t) document = leuko_report_eval_document(
        clean, options->command, options->n_mistakes, cancellable, error);
    if (!document)
        return NULL;
    g_autofree gchar *model = g_path_get_basename(clean->model),
                     *data = g_path_get_basename(clean->data);
    g_autofree gchar *title = g_strdup_printf("Stress test of %s on %s", model, data);
    json_t *stress = leuko_stress_result_json(r);
    json_object_del(stress, "clean");
    json_object_set_new(document, "kind", json_string("stress"));
    json_object_set_new(document, "title", leuko_json_text(title));
    json_object_set_new(document, "stress", stress);
    add_findings(document, stress, r);
    leuko_report_add_checklists(document);
    return g_steal_pointer(&document);
}

gboolean leuko_report_write_stress(const LeukoStressResult *result, const char *dir,
                                   const LeukoReportOptions *options, GCancellable *cancellable,
                                   GError **error)
{
    const LeukoReportOptions standard = leuko_report_options_default();
    if (!leuko_report_check(dir, error))
        return FALSE;
    g_autoptr(json_t) document =
        stress_document(result, options ? options : &standard, cancellable, error);
    return document && leuko_report_write(document, dir, error);
}
