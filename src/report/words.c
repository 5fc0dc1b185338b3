#include "report/words.h"
#include "base/json.h"
#include "base/plural.h"
#include "eval/cautions.h"
#include "eval/opening.h"
#include <math.h>
#include <string.h>

void leuko_say(json_t *sentences, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    json_array_append_new(sentences, leuko_json_text(text));
}

gchar *leuko_figure_text(const LeukoMetric *m)
{
    if (!isfinite(m->value))
        return g_strdup("not defined");
    return isfinite(m->low)
               ? g_strdup_printf("%.3f (95 %% interval %.3f to %.3f)", m->value, m->low, m->high)
               : g_strdup_printf("%.3f", m->value);
}

gchar *leuko_counts_text(const LeukoEvaluation *e)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%u %s", e->n, LEUKO_PLURAL(e->n, "image"));
    if (e->n_groups > 0)
        g_string_append_printf(text, " of %u %s", e->n_groups, LEUKO_PLURAL(e->n_groups, "group"));
    for (guint k = 0; k < e->n_classes; k++)
        g_string_append_printf(text, "%s%u %s", k == 0 ? " (" : ", ", e->class_n[k], e->classes[k]);
    g_string_append_c(text, ')');
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void leuko_figures_in_words(json_t *sentences, const LeukoEvaluation *e)
{
    g_autofree gchar *auc = leuko_figure_text(&e->auc), *accuracy = leuko_figure_text(&e->accuracy),
                     *balanced = leuko_figure_text(&e->balanced_accuracy);
    if (e->n_classes == 2 && e->positive >= 0) {
        g_autofree gchar *sensitivity = leuko_figure_text(&e->sensitivity),
                         *specificity = leuko_figure_text(&e->specificity);
        leuko_say(sentences, "The ROC-AUC for %s is %s.", e->classes[e->positive], auc);
        leuko_say(sentences, "Sensitivity is %s and specificity %s; accuracy is %s.", sensitivity,
                  specificity, accuracy);
    } else {
        leuko_say(sentences, "Accuracy is %s and balanced accuracy %s.", accuracy, balanced);
        leuko_say(sentences, "The ROC-AUC, %s, is %s.",
                  e->n_classes > 2 ? "mean over the classes of one against the rest"
                                   : "of the two classes",
                  auc);
    }
    if (e->too_few_groups)
        leuko_say(sentences,
                  "There are no intervals: %s. The table by group stands in their place.",
                  leuko_metric_reason(&e->accuracy));
}

void leuko_patients_in_words(json_t *sentences, const LeukoPatientFigures *p)
{
    if (!p || !p->figures)
        return;
    g_autofree gchar *accuracy = leuko_figure_text(&p->figures->accuracy);
    leuko_say(sentences, "By patient (group), %u %s decided with an accuracy of %s.", p->n,
              leuko_plural(p->n, "was", "were"), accuracy);
}

void leuko_selective_in_words(json_t *sentences, const LeukoSelective *s)
{
    if (!s)
        return;
    g_autofree gchar *accuracy = leuko_figure_text(&s->accuracy);
    leuko_say(sentences,
              "The model refers %u of %u %s to a person; the accuracy of the other answers is %s.",
              s->n_referred, s->n, LEUKO_PLURAL(s->n, "image"), accuracy);
}

/* Append "WHICH" and a text that a function made. Takes `text` over; NULL: nothing. */
static void say_own(json_t *sentences, const char *which, gchar *text)
{
    g_autofree gchar *own = text;
    if (own)
        leuko_say(sentences, "%s%s", which, own);
}

static void add_cautions(json_t *sentences, const LeukoEvaluation *e, const LeukoLedgerUse *use,
                         const char *which)
{
    say_own(sentences, which, leuko_chance_text(e));
    say_own(sentences, which, leuko_coverage_text(e));
    if (e->n_groups == 0)
        leuko_say(sentences,
                  "%sno groups (patients, slides) are known: images are taken as independent, and "
                  "if some are of one patient, the intervals are too narrow",
                  which);
    if (use && use->n_openings > 0)
        leuko_say(sentences,
                  "%sthe test split was opened %u %s before, for %u %s: choosing a model by its "
                  "figures makes them too good",
                  which, use->n_openings, LEUKO_PLURAL(use->n_openings, "time"), use->n_models,
                  LEUKO_PLURAL(use->n_models, "model"));
}

void leuko_cautions_in_words(json_t *sentences, const LeukoEvaluation *e, const LeukoLedgerUse *use)
{
    add_cautions(sentences, e, use, "");
}

void leuko_eval_cautions_in_words(json_t *sentences, const LeukoEvalResult *r, const char *which)
{
    for (const gchar *const *w = leuko_eval_result_warnings(r); *w; w++)
        leuko_say(sentences, "%s%s", which, *w);
    if (g_strcmp0(r->split, "train") == 0)
        leuko_say(sentences, "%sthe training split is no performance estimate", which);
    if (g_strcmp0(r->split, "validation") == 0)
        leuko_say(sentences,
                  "%sthe validation split was evaluated: training may have used it to choose "
                  "settings",
                  which);
    if (!r->guard)
        leuko_say(sentences,
                  "%sthe model has no list of its training images that can be read: images and "
                  "groups that it was trained on are not recognized",
                  which);
    const char *note =
        json_string_value(json_object_get(json_object_get(r->model_facts, "provenance"), "note"));
    if (note)
        leuko_say(sentences, "%s%s", which, note);
    add_cautions(sentences, r->evaluation,
                 leuko_opening_has_ledger(r->dataset, r->split) ? &r->use : NULL, which);
}
