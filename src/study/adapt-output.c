/* An adaptation as JSON and CSV. */
#include "base/csv.h"
#include "leuko/answer.h"
#include "study/adapt.h"
#include <math.h>

static const LeukoAdaptSteps all_steps[] = {LEUKO_ADAPT_COLOR, LEUKO_ADAPT_CENTER,
                                            LEUKO_ADAPT_HEAD};

const char *leuko_adapt_step_name(LeukoAdaptSteps step)
{
    return step == LEUKO_ADAPT_COLOR ? "color" : step == LEUKO_ADAPT_CENTER ? "center" : "head";
}

static json_t *steps_json(guint steps)
{
    json_t *json = json_array();
    for (gsize i = 0; i < G_N_ELEMENTS(all_steps); i++)
        if (steps & all_steps[i])
            json_array_append_new(json, json_string(leuko_adapt_step_name(all_steps[i])));
    return json;
}

static json_t *gain_json(const LeukoAdaptResult *r)
{
    return json_pack("{s:s, s:b, s:s}", "figure", LEUKO_ADAPT_FIGURE, "shown", r->has_gain,
                     "sentence", r->sentence);
}

json_t *leuko_adapt_summary_json(const LeukoAdaptResult *r)
{
    LeukoCompareFigure f = {.first = NAN, .second = NAN, .low = NAN, .high = NAN};
    leuko_adapt_result_figure(r, LEUKO_ADAPT_FIGURE, &f);
    return json_pack("{s:o, s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:b}", "steps",
                     steps_json(r->fit->steps), "l2", leuko_json_real_or_null(r->fit->l2),
                     "n_images", (int)r->n, "n_groups", (int)r->paired->n_groups, "folds",
                     (int)r->n_folds, "accuracy_before", leuko_json_real_or_null(f.first),
                     "accuracy_after", leuko_json_real_or_null(f.second), "difference_low",
                     leuko_json_real_or_null(f.low), "difference_high",
                     leuko_json_real_or_null(f.high), "gain_shown", r->has_gain);
}

static json_t *figures_json(const LeukoAdaptResult *r)
{
    json_t *json = json_object();
    for (guint i = 0; i < leuko_adapt_result_n_figures(r); i++) {
        LeukoCompareFigure f;
        leuko_adapt_result_figure_at(r, i, &f);
        json_object_set_new(json, f.name, leuko_compare_figure_json(&f));
    }
    return json;
}

static json_t *folds_json(const LeukoAdaptResult *r)
{
    json_t *json = json_array();
    for (guint i = 0; i < r->n_folds; i++) {
        const LeukoAdaptFold *f = &r->folds[i];
        json_array_append_new(json, json_pack("{s:i, s:i, s:i, s:o, s:o}", "fold", (int)f->fold,
                                              "n_training", (int)f->n_training, "n_held",
                                              (int)f->n_held, "steps", steps_json(f->steps), "l2",
                                              leuko_json_real_or_null(f->l2)));
    }
    return json;
}

static json_t *counts_json(const LeukoAdaptResult *r)
{
    json_t *json = json_object();
    for (guint k = 0; k < r->lab->model->spec.n_classes; k++)
        json_object_set_new(json, r->lab->model->classes[k], json_integer(r->class_counts[k]));
    return json;
}

json_t *leuko_adapt_result_json(const LeukoAdaptResult *r)
{
    const gchar *const *notes = leuko_adapt_result_notes(r);
    json_t *list = json_array();
    for (guint i = 0; notes[i]; i++)
        json_array_append_new(list, leuko_json_text(notes[i]));
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:b, s:o, s:o, s:s}",
        "model", leuko_json_text(r->model), "data", leuko_json_text(r->path), "classes",
        counts_json(r), "tried", steps_json(r->lab->steps), "steps", steps_json(r->fit->steps),
        "l2", leuko_json_real_or_null(r->fit->l2), "log_loss_before",
        leuko_json_real_or_null(r->fit->loss_before), "log_loss_after",
        leuko_json_real_or_null(r->fit->loss), "folds", folds_json(r), "seed",
        (json_int_t)r->lab->options->seed, "figures", figures_json(r), "before",
        leuko_evaluation_to_json(r->evaluation[0]), "after",
        leuko_evaluation_to_json(r->evaluation[1]), "written", r->is_written, "gain", gain_json(r),
        "notes", list, "notice", LEUKO_RESEARCH_ONLY);
}

gchar *leuko_adapt_result_to_json(const LeukoAdaptResult *r)
{
    g_autoptr(json_t) json = leuko_adapt_result_json(r);
    return leuko_json_to_line(json);
}

static void append_probability(GString *rows, double p)
{
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];
    leuko_csv_append(rows, g_ascii_formatd(text, sizeof text, "%.9f", p));
}

gchar *leuko_adapt_result_to_csv(const LeukoAdaptResult *r)
{
    static const char *const sides[] = {"before", "after"};
    const GStrv classes = r->lab->model->classes;
    guint K = r->lab->model->spec.n_classes;
    GString *rows = g_string_new("fold,file,class,group");
    for (guint side = 0; side < 2; side++) {
        for (guint k = 0; k < K; k++) {
            g_autofree gchar *name = g_strdup_printf("%s p(%s)", sides[side], classes[k]);
            leuko_csv_append(rows, name);
        }
        g_string_append_printf(rows, ",%s decided", sides[side]);
    }
    leuko_csv_end_row(rows);
    for (guint i = 0; i < r->n; i++) {
        const LeukoRecord *record = leuko_dataset_record(r->lab->data->dataset, r->records[i]);
        g_string_append_printf(rows, "%u", r->fold[i]);
        leuko_csv_append(rows, record->file);
        leuko_csv_append(rows, classes[r->labels[i]]);
        leuko_csv_append(rows, record->group);
        for (guint side = 0; side < 2; side++) {
            for (guint k = 0; k < K; k++)
                append_probability(rows, r->p[side][(gsize)i * K + k]);
            leuko_csv_append(rows, classes[r->decisions[side][i]]);
        }
        leuko_csv_end_row(rows);
    }
    return g_string_free(rows, FALSE);
}
