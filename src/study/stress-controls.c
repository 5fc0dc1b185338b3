/* The controls of a stress test, and the test of transfer between laboratories. */
#include "base/error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "study/stress-data.h"
#include "study/stress-permute.h"
#include <math.h>
#include <string.h>

#define CHANCE_AUC 0.5

static LeukoEvalFigure figure_of(const LeukoMetric *m)
{
    return (LeukoEvalFigure){m->value, m->low, m->high, m->method, m->n, m->n_groups};
}

static LeukoEvalFigure no_figure(void)
{
    return (LeukoEvalFigure){NAN, NAN, NAN, "not computed", 0, 0};
}

/* A new control without figures. */
static LeukoStressControlRow *add(LeukoStressRun *run, const char *name, const char *title)
{
    LeukoStressControlRow *row = g_new0(LeukoStressControlRow, 1);
    row->shown = (LeukoStressControl){.name = name,
                                      .auc = no_figure(),
                                      .balanced_accuracy = no_figure(),
                                      .chance_mean = NAN,
                                      .chance_95 = NAN,
                                      .p_value = NAN,
                                      .verdict = LEUKO_STRESS_DESCRIBES};
    row->title = g_strdup(title);
    g_ptr_array_add(run->result->controls, row);
    return row;
}

static void take_figures(LeukoStressControlRow *row, const LeukoEvaluation *e)
{
    row->shown.auc = figure_of(&e->auc);
    row->shown.balanced_accuracy = figure_of(&e->balanced_accuracy);
}

static void take_chance(LeukoStressControlRow *row, const LeukoStressChance *chance)
{
    row->shown.chance_mean = chance->mean;
    row->shown.chance_95 = chance->p95;
    row->shown.p_value = chance->p_value;
    row->shown.n_permutations = chance->n;
}

/* A control that these images cannot carry: an error if it was named, else a sentence. */
static gboolean not_run(LeukoStressRun *run, const char *name, const char *title, GError *why,
                        GError **error)
{
    gboolean of_data = g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_DATA);
    if (run->choice.named || !of_data) {
        g_propagate_error(error, why);
        return FALSE;
    }
    LeukoStressControlRow *row = add(run, name, title);
    row->shown.verdict = LEUKO_STRESS_NOT_RUN;
    row->sentence = leuko_one_line(why->message);
    g_error_free(why);
    return TRUE;
}

/* "an AUC of 0.81 (0.74 to 0.87)". */
static gchar *auc_text(const LeukoStressControl *c)
{
    if (isfinite(c->auc.low))
        return g_strdup_printf("an AUC of %.3f (%.3f to %.3f)", c->auc.value, c->auc.low,
                               c->auc.high);
    return isfinite(c->p_value)
               ? g_strdup_printf("an AUC of %.3f (no interval: too few groups; with permuted "
                                 "labels at most %.3f in 95 %% of %u %s, p = %.3f)",
                                 c->auc.value, c->chance_95, c->n_permutations,
                                 LEUKO_PLURAL(c->n_permutations, "trial"), c->p_value)
               : g_strdup_printf("an AUC of %.3f (no interval: too few groups)", c->auc.value);
}

/* By the interval; without one, by the permutations. */
static gboolean is_above_chance(const LeukoStressControl *c)
{
    return isfinite(c->auc.low) ? c->auc.low > CHANCE_AUC : c->p_value <= 0.05;
}

/* --- background ------------------------------------------------------------------------------- */

/* Heads that are fitted to and judged on images without cells. */
static gboolean refit(LeukoStressRun *run, LeukoStressData *d, LeukoStressHiding *hiding,
                      LeukoStressControlRow *row, GError **error)
{
    g_autofree float *x = leuko_stress_data_features(run, d, hiding, error);
    g_autofree double *p = x ? leuko_stress_rows_answer(d->rows, x, d->n_features, d->rows->labels,
                                                        0, d->n_threads, run->cancellable, error)
                             : NULL;
    g_autoptr(LeukoEvaluation) e =
        p ? leuko_stress_rows_evaluate(d->rows, p, LEUKO_ROW_UNUSED, error) : NULL;
    if (!e)
        return FALSE;
    take_figures(row, e);
    if (isfinite(e->auc.low) || !isfinite(e->auc.value))
        return TRUE;
    LeukoStressChance chance; /* no interval: permutations judge */
    if (!leuko_stress_permute(run, d, x, &chance, error))
        return FALSE;
    take_chance(row, &chance);
    return TRUE;
}

static LeukoImage *hide_cell(LeukoImage *image, const LeukoRecord *record, gsize position,
                             gpointer hiding, GError **error)
{
    (void)record;
    (void)position;
    if (leuko_stress_hide(image, hiding, error))
        return image;
    leuko_image_free(image);
    return NULL;
}

/* The given model on images without cells. */
static gboolean judge_model(LeukoStressRun *run, LeukoStressHiding *hiding, GError **error)
{
    const LeukoEvalChange change = {hide_cell, hiding, "background"};
    g_autoptr(LeukoEvalResult) e =
        leuko_eval_job_run_changed(run->eval, &change, run->cancellable, run->reporter, error);
    if (!e)
        return FALSE;
    LeukoStressControlRow *row = add(run, "background-model", "background alone, the given model");
    take_figures(row, e->evaluation);
    g_autofree gchar *text = auc_text(&row->shown);
    gboolean known = isfinite(e->evaluation->auc.low);
    gboolean above = known && e->evaluation->auc.low > CHANCE_AUC;
    row->shown.verdict = above   ? LEUKO_STRESS_ABOVE_CHANCE
                         : known ? LEUKO_STRESS_AT_CHANCE
                                 : LEUKO_STRESS_DESCRIBES;
    row->sentence = g_strdup_printf("with the cell hidden, the given model reaches %s%s", text,
                                    above   ? ": it answers in part by the background"
                                    : known ? ", no more than chance (0.5)"
                                            : "; chance is 0.5");
    return TRUE;
}

static void judge_background(const LeukoStressData *d, LeukoStressControlRow *row)
{
    g_autofree gchar *text = auc_text(&row->shown);
    gboolean above = is_above_chance(&row->shown);
    const char *how = d->training ? "" : " in cross-validation";
    row->shown.verdict = above ? LEUKO_STRESS_ABOVE_CHANCE : LEUKO_STRESS_AT_CHANCE;
    if (!isfinite(row->shown.auc.value)) {
        row->shown.verdict = LEUKO_STRESS_NOT_RUN;
        row->sentence = g_strdup("the AUC is not defined on these images");
        return;
    }
    row->sentence = g_strdup_printf("the background alone reaches %s%s%s", text, how,
                                    above ? ": the images differ in something other than the cells"
                                          : ", no more than chance (0.5)");
}

static gboolean run_background(LeukoStressRun *run, LeukoStressData *d, GError **error)
{
    LeukoStressHiding box = {run->options->box}, outline = {0};
    double hidden;
    if (!leuko_stress_data_box(run, d, &box.box, &hidden, error))
        return FALSE;
    run->result->box = box.box;
    if (hidden < 0.94)
        leuko_stress_note(run,
                          "the box of %.0f %% hides %.0f %% of the cells: parts of the others "
                          "remain, and the background control may find them",
                          100 * box.box, 100 * hidden);
    LeukoStressControlRow *row = add(run, "background", "background alone, a new head");
    if (!refit(run, d, &box, row, error))
        return FALSE;
    judge_background(d, row);
    if (!judge_model(run, &box, error))
        return FALSE;
    row = add(run, "silhouette", "cell cut along its outline, a new head");
    if (!refit(run, d, &outline, row, error))
        return FALSE;
    g_autofree gchar *text = auc_text(&row->shown);
    row->sentence = g_strdup_printf("with the cell cut along its outline, a new head reaches %s: "
                                    "the background, and the size and shape of the cell",
                                    text);
    return TRUE;
}

/* --- permuted labels -------------------------------------------------------------------------- */

static gboolean run_permuted(LeukoStressRun *run, LeukoStressData *d, const float *x,
                             GError **error)
{
    LeukoStressChance c;
    if (!leuko_stress_permute(run, d, x, &c, error))
        return FALSE;
    LeukoStressControlRow *row = add(run, "permuted", "labels permuted between groups");
    take_chance(row, &c);
    row->shown.auc = (LeukoEvalFigure){
        c.auc, c.p025, c.p975, "percentiles of the permuted labels", d->rows->n_answered, 0};
    gboolean above = c.mean > CHANCE_AUC + 0.02 && c.mean - 3 * c.standard_error > CHANCE_AUC;
    row->shown.verdict = above ? LEUKO_STRESS_ABOVE_CHANCE : LEUKO_STRESS_AT_CHANCE;
    g_autofree gchar *found = g_strdup_printf(
        "with the labels exchanged at random between %s, %u %s an AUC of %.3f on average "
        "(95 %% of them at most %.3f)",
        d->rows->has_groups ? "groups" : "images", c.n,
        leuko_plural(c.n, "head reaches", "heads reach"), c.mean, c.p95);
    row->sentence =
        above ? g_strdup_printf("%s, more than chance (0.5): the division of the images gives the "
                                "labels away, perhaps by copies on both sides",
                                found)
              : g_strdup_printf(
                    "%s; with the true labels, %.3f (p = %.3f)%s", found, c.auc, c.p_value,
                    c.p_value <= 0.05 ? ": the images tell the classes apart"
                                      : ": no evidence that the images tell the classes apart");
    return TRUE;
}

/* --- laboratories ----------------------------------------------------------------------------- */

/* What the expression finds in the group's name, or else in the file's path. */
static gchar *laboratory_by(const GRegex *regex, const LeukoRecord *r, GError **error)
{
    g_autoptr(GMatchInfo) match = NULL;
    const char *text = *r->group ? r->group : r->file;
    gboolean found = g_regex_match(regex, text, 0, &match);
    g_autofree gchar *name =
        found ? g_match_info_fetch(match, g_match_info_get_match_count(match) > 1 ? 1 : 0) : NULL;
    if (name && *name)
        return g_steal_pointer(&name);
    leuko_fail(LEUKO_ERROR_DATA, error, "%s: the expression for laboratories finds none in \"%s\"",
               r->file, text);
    return NULL;
}

/* The name of each judged image's laboratory (N), new; by the expression, else by the table. */
static GPtrArray *find_laboratories(const LeukoStressRun *run, const LeukoStressData *d, guint n,
                                    GError **error)
{
    const char *expression = run->options->laboratory_by;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GRegex) regex = expression ? g_regex_new(expression, 0, 0, error) : NULL;
    g_autofree const char **files = g_new0(const char *, n + 1), **names = g_new0(const char *, n);
    for (guint i = 0; i < n; i++)
        files[i] = leuko_dataset_record(d->judged, i)->file;
    if (expression ? !regex
                   : !leuko_file_table_match(run->laboratories, files, n, names, NULL, error))
        return NULL;
    for (guint i = 0; i < n; i++) {
        gchar *name = expression ? laboratory_by(regex, leuko_dataset_record(d->judged, i), error)
                                 : g_strdup(names[i]);
        if (!name)
            return NULL;
        g_ptr_array_add(found, name);
    }
    return g_steal_pointer(&found);
}

/* A group in two laboratories would be in training when one of them is held out. */
static gboolean check_group(GHashTable *seen, const LeukoRecord *r, const char *name,
                            GError **error)
{
    const char *before = *r->group ? g_hash_table_lookup(seen, r->group) : NULL;
    if (before && strcmp(before, name) != 0)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "group \"%s\" has images of two laboratories, \"%s\" and \"%s\"; each "
                          "group must be of one",
                          r->group, before, name);
    g_hash_table_insert(seen, (gpointer)r->group, (gpointer)name);
    return TRUE;
}

/* The laboratory of each judged image as its fold; names of the laboratories. */
static gboolean name_laboratories(const LeukoStressRun *run, const LeukoStressData *d,
                                  LeukoStressRows *rows, GPtrArray *names, GError **error)
{
    g_autoptr(GPtrArray) found = find_laboratories(run, d, rows->n_answered, error);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; found && i < found->len; i++) {
        const char *name = found->pdata[i];
        guint at = 0;
        if (!check_group(seen, leuko_dataset_record(d->judged, i), name, error))
            return FALSE;
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, &at)) {
            at = names->len;
            g_ptr_array_add(names, g_strdup(name));
        }
        rows->fold[i] = at;
    }
    rows->n_folds = names->len;
    if (found && names->len < 2)
        return leuko_fail(LEUKO_ERROR_DATA, error,
                          "all images are of one laboratory, \"%s\"; at least two are needed",
                          names->len ? (const char *)names->pdata[0] : "");
    return found != NULL;
}

/* What the answers of one laboratory's images are worth. */
static gboolean add_laboratory(LeukoStressRun *run, const LeukoStressRows *rows, const double *p,
                               guint fold, const char *name, GError **error)
{
    g_autoptr(LeukoEvaluation) e = leuko_stress_rows_evaluate(rows, p, fold, error);
    if (!e)
        return FALSE;
    g_autofree gchar *title = g_strdup_printf("laboratory %s, held out", name);
    LeukoStressControlRow *row = add(run, "laboratory", title);
    take_figures(row, e);
    g_autofree gchar *text = auc_text(&row->shown);
    row->sentence =
        isfinite(e->auc.value)
            ? g_strdup_printf("%u %s: %s", e->n, LEUKO_PLURAL(e->n, "image"), text)
            : g_strdup_printf("%u %s: no AUC, as a class is absent; balanced accuracy %.2f", e->n,
                              LEUKO_PLURAL(e->n, "image"), e->balanced_accuracy.value);
    return TRUE;
}

static gboolean hold_out_laboratories(LeukoStressRun *run, LeukoStressData *d, const float *x,
                                      LeukoStressRows *rows, GPtrArray *names, GError **error)
{
    g_autofree double *mixed = NULL, *apart = NULL;
    g_autoptr(LeukoEvaluation) usual = NULL, held_out = NULL;
    gint *labels = rows->labels;
    if (!leuko_stress_rows_divide(rows, labels, error) ||
        !(mixed = leuko_stress_rows_answer(rows, x, d->n_features, labels, 0, d->n_threads,
                                           run->cancellable, error)) ||
        !(usual = leuko_stress_rows_evaluate(rows, mixed, LEUKO_ROW_UNUSED, error)) ||
        !name_laboratories(run, d, rows, names, error) ||
        !(apart = leuko_stress_rows_answer(rows, x, d->n_features, labels, 0, d->n_threads,
                                           run->cancellable, error)) ||
        !(held_out = leuko_stress_rows_evaluate(rows, apart, LEUKO_ROW_UNUSED, error)))
        return FALSE;
    LeukoStressControlRow *row = add(run, "laboratories", "each laboratory held out");
    const LeukoStressControl within = {.auc = figure_of(&usual->auc), .p_value = NAN};
    take_figures(row, held_out);
    g_autofree gchar *now = auc_text(&row->shown), *before = auc_text(&within);
    row->sentence = g_strdup_printf("on the images of a laboratory that it has not seen, a new "
                                    "head reaches %s; with images of all laboratories in "
                                    "training, %s",
                                    now, before);
    for (guint f = 0; f < names->len; f++)
        if (!add_laboratory(run, rows, apart, f, names->pdata[f], error))
            return FALSE;
    return TRUE;
}

static gboolean run_laboratories(LeukoStressRun *run, LeukoStressData *d, const float *x,
                                 GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(LeukoStressRows) rows = leuko_stress_rows_new(
        run->eval, NULL, run->options->seed, d->n_threads, run->reporter, run->cancellable, error);
    return rows && hold_out_laboratories(run, d, x, rows, names, error);
}

/* --- all -------------------------------------------------------------------------------------- */

/* Without training data, the judged images are divided into folds. */
static LeukoStressData *open_data(LeukoStressRun *run, GError **error)
{
    g_autoptr(LeukoStressData) d = leuko_stress_data_new(run, error);
    return d && (d->training || leuko_stress_rows_divide(d->rows, d->rows->labels, error))
               ? g_steal_pointer(&d)
               : NULL;
}

static gboolean run_one(LeukoStressRun *run, LeukoStressData *d, guint which, const float *x,
                        GError **error)
{
    return which == 0   ? run_background(run, d, error)
           : which == 1 ? run_permuted(run, d, x, error)
                        : run_laboratories(run, d, x, error);
}

gboolean leuko_stress_controls(LeukoStressRun *run, GError **error)
{
    static const char *const names[][2] = {{"background", "background alone"},
                                           {"permuted", "labels permuted between groups"},
                                           {"laboratories", "each laboratory held out"}};
    LeukoStressChoice *c = &run->choice;
    const gboolean wanted[] = {c->background, c->permuted,
                               c->laboratories &&
                                   (run->options->laboratory_by || run->laboratories)};
    if (!wanted[0] && !wanted[1] && !wanted[2])
        return TRUE;
    GError *why = NULL;
    g_autoptr(LeukoStressData) d = open_data(run, &why);
    g_autofree float *x = NULL;
    if (d && (wanted[1] || wanted[2]))
        x = leuko_stress_data_features(run, d, NULL, &why);
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        guint n_rows = run->result->controls->len;
        if (!wanted[i] || (!why && run_one(run, d, i, x, &why)))
            continue;
        g_ptr_array_set_size(run->result->controls, (gint)n_rows); /* no half of a control */
        GError *copy = g_error_copy(why);
        if (!not_run(run, names[i][0], names[i][1], copy, error)) {
            g_error_free(why);
            return FALSE;
        }
        if (d && (x || i == 0)) /* the next control may still run */
            g_clear_error(&why);
    }
    g_clear_error(&why);
    return TRUE;
}
