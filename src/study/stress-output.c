/* A stress test as JSON. */
#include "leuko/answer.h"
#include "study/stress.h"
#include <math.h>

static const char *const names[] = {
    "accuracy", "balanced_accuracy", "sensitivity", "specificity", "macro_f1", "mcc",     "kappa",
    "auc",      "average_precision", "brier",       "log_loss",    "ece",      "referred"};

static json_t *figure_json(const LeukoEvalFigure *f)
{
    const LeukoMetric m = {f->value, f->low, f->high, f->method, f->n, f->n_groups};
    return leuko_metric_to_json(&m);
}

static json_t *conditions_json(const LeukoStressResult *r)
{
    json_t *list = json_array();
    for (guint i = 0; i < leuko_stress_result_n_conditions(r); i++) {
        LeukoStressCondition c;
        LeukoEvalFigure f;
        json_t *figures = json_object(), *changes = json_object();
        leuko_stress_result_condition(r, i, &c);
        for (guint k = 0; k < G_N_ELEMENTS(names); k++) {
            if (leuko_stress_result_figure(r, i, names[k], &f))
                json_object_set_new(figures, names[k], figure_json(&f));
            if (leuko_stress_result_change(r, i, names[k], &f))
                json_object_set_new(changes, names[k], figure_json(&f));
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "kind", c.kind,
                                        "family", c.family, "meaning", c.meaning, "unit", c.unit,
                                        "strength", leuko_json_real_or_null(c.strength), "figures",
                                        figures, "changes", changes));
    }
    return list;
}

static json_t *limits_json(const LeukoStressResult *r)
{
    json_t *list = json_array();
    for (guint i = 0; i < leuko_stress_result_n_limits(r); i++) {
        LeukoStressLimit l;
        leuko_stress_result_limit(r, i, &l);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:f, s:o}", "kind", l.kind, "family",
                            l.family, "meaning", l.meaning, "unit", l.unit, "breaks_at",
                            leuko_json_real_or_null(l.breaks_at), "certain", l.certain, "strongest",
                            l.strongest, "worst", leuko_json_real_or_null(l.worst)));
    }
    return list;
}

static json_t *controls_json(const LeukoStressResult *r)
{
    static const char *const verdicts[] = {"at chance", "above chance", "describes", "not run"};
    json_t *list = json_array();
    for (guint i = 0; i < leuko_stress_result_n_controls(r); i++) {
        LeukoStressControl c;
        leuko_stress_result_control(r, i, &c);
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:s, s:o}",
                                              "name", c.name, "title", leuko_json_text(c.title),
                                              "auc", figure_json(&c.auc), "balanced_accuracy",
                                              figure_json(&c.balanced_accuracy), "chance_mean",
                                              leuko_json_real_or_null(c.chance_mean), "chance_95",
                                              leuko_json_real_or_null(c.chance_95), "p_value",
                                              leuko_json_real_or_null(c.p_value), "n_permutations",
                                              (int)c.n_permutations, "verdict", verdicts[c.verdict],
                                              "sentence", leuko_json_text(c.sentence)));
    }
    return list;
}

json_t *leuko_stress_result_json(const LeukoStressResult *r)
{
    json_t *notes = json_array();
    for (const gchar *const *n = leuko_stress_result_notes(r); *n; n++)
        json_array_append_new(notes, leuko_json_text(*n));
    return json_pack("{s:o, s:o, s:o, s:s, s:f, s:o, s:o, s:I, s:i, s:o, s:s}", "clean",
                     leuko_eval_result_json(leuko_stress_result_clean(r)), "conditions",
                     conditions_json(r), "limits", limits_json(r), "figure", r->figure, "limit",
                     r->limit, "controls", controls_json(r), "box", leuko_json_real_or_null(r->box),
                     "seed", (json_int_t)r->seed, "n_all", (int)r->n_all, "notes", notes, "notice",
                     LEUKO_RESEARCH_ONLY);
}

gchar *leuko_stress_result_to_json(const LeukoStressResult *r)
{
    g_autoptr(json_t) json = leuko_stress_result_json(r);
    return leuko_json_to_line(json);
}
