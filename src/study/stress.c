#include "study/stress.h"
#include "base/error.h"
#include "base/progress.h"
#include <math.h>
#include <string.h>

static const char *const controls[] = {"background", "permuted", "laboratories"};
static const char *const figures[] = {
    "balanced_accuracy", "accuracy", "auc",   "sensitivity", "specificity",
    "macro_f1",          "mcc",      "kappa", NULL};

LeukoStressOptions leuko_stress_options_default(void)
{
    return (LeukoStressOptions){.eval = leuko_eval_options_default(),
                                .seed = 50,
                                .figure = figures[0],
                                .limit = 0.05,
                                .n_permutations = 20};
}

static void control_free(gpointer data)
{
    LeukoStressControlRow *row = data;
    g_free(row->title);
    g_free(row->sentence);
    g_free(row);
}

static LeukoStressResult *result_new(const LeukoStressOptions *o)
{
    LeukoStressResult *r = g_new0(LeukoStressResult, 1);
    r->controls = g_ptr_array_new_with_free_func(control_free);
    r->limits = g_array_new(FALSE, FALSE, sizeof(LeukoStressLimit));
    r->notes = g_ptr_array_new_with_free_func(g_free);
    r->figure = g_strdup(o->figure);
    r->limit = o->limit;
    r->box = NAN;
    r->seed = o->seed;
    return r;
}

void leuko_stress_result_free(LeukoStressResult *r)
{
    if (!r)
        return;
    g_clear_pointer(&r->rows, g_ptr_array_unref);
    g_clear_pointer(&r->controls, g_ptr_array_unref);
    g_array_unref(r->limits);
    g_clear_pointer(&r->notes, g_ptr_array_unref);
    g_free(r->figure);
    g_free(r);
}

void leuko_stress_note(const LeukoStressRun *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    leuko_report_line(run->reporter, "stress test", "%s", text);
    g_ptr_array_add(run->result->notes, leuko_one_line(text));
}

/* --- options ---------------------------------------------------------------------------------- */

const char *const *leuko_stress_names(void)
{
    /* families, kinds that are not their family, controls */
    static const char *names[2 * LEUKO_N_PERTURBATIONS + G_N_ELEMENTS(controls) + 1];
    static gsize ready = 0;
    if (g_once_init_enter(&ready)) {
        guint n = 0;
        for (guint pass = 0; pass < 2; pass++)
            for (guint k = 0; k < LEUKO_N_PERTURBATIONS; k++) {
                const LeukoPerturbInfo *info = leuko_perturb_info(k);
                const char *name = pass == 0 ? info->family : info->name;
                if (!g_strv_contains(names, name))
                    names[n++] = name;
            }
        for (guint i = 0; i < G_N_ELEMENTS(controls); i++)
            names[n++] = controls[i];
        g_once_init_leave(&ready, 1);
    }
    return names;
}

static gboolean choose_one(const char *name, LeukoStressChoice *choice)
{
    gboolean *flags[] = {&choice->background, &choice->permuted, &choice->laboratories};
    gboolean known = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(controls); i++)
        if (strcmp(name, controls[i]) == 0)
            known = *flags[i] = TRUE;
    for (guint k = 0; k < LEUKO_N_PERTURBATIONS; k++) {
        const LeukoPerturbInfo *info = leuko_perturb_info(k);
        if (strcmp(name, info->name) == 0 || strcmp(name, info->family) == 0)
            known = choice->kinds[k] = TRUE;
    }
    return known;
}

gboolean leuko_stress_choose(const char *only, LeukoStressChoice *choice, GError **error)
{
    *choice = (LeukoStressChoice){.named = only != NULL};
    g_auto(GStrv) names = only ? g_strsplit(only, ",", -1) : NULL;
    for (guint i = 0; !only && leuko_stress_names()[i]; i++)
        choose_one(leuko_stress_names()[i], choice);
    for (guint i = 0; names && names[i]; i++) {
        g_strstrip(names[i]);
        if (choose_one(names[i], choice))
            continue;
        g_autofree gchar *known = g_strjoinv(", ", (GStrv)leuko_stress_names());
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "unknown condition \"%s\": must be one of %s", names[i], known);
    }
    if (names && !names[0])
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "no condition is named");
    return TRUE;
}

static gboolean check(const LeukoStressOptions *o, GError **error)
{
    if (!g_strv_contains(figures, o->figure)) {
        g_autofree gchar *known = g_strjoinv(", ", (GStrv)figures);
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "figure \"%s\": must be one of %s",
                          o->figure, known);
    }
    if (!(o->limit > 0 && o->limit < 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "limit %g: must be above 0 and below 1",
                          o->limit);
    if (o->n_permutations < 20 || o->n_permutations > 100000)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error, "%u permutations: must be 20 to 100000",
                          o->n_permutations);
    if (!(o->box >= 0 && o->box < 1))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "box %g: must be a share of the image's side, above 0 and below 1",
                          o->box);
    return TRUE;
}

/* From the table of groups, if it names them. */
static gboolean load_laboratories(LeukoStressRun *run, GError **error)
{
    const char *path = run->options->eval.folder.groups;
    const LeukoStressChoice *c = &run->choice;
    if (!c->laboratories || (!path && !c->named))
        return TRUE;
    if (!path)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "laboratories: an expression that finds their names is missing, and "
                          "there is no table of groups that names them");
    if (!c->named && !leuko_file_table_has(path, LEUKO_TABLE_LABORATORY))
        return TRUE;
    run->laboratories = leuko_file_table_load(path, LEUKO_TABLE_LABORATORY, error);
    return run->laboratories != NULL;
}

static gboolean check_laboratories(LeukoStressRun *run, GError **error)
{
    const LeukoStressOptions *o = run->options;
    if (!o->laboratory_by)
        return load_laboratories(run, error);
    g_autoptr(GError) why = NULL;
    g_autoptr(GRegex) regex = g_regex_new(o->laboratory_by, 0, 0, &why);
    return regex != NULL || leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                                       "the expression for laboratories: %s", why->message);
}

static void run_clear(LeukoStressRun *run)
{
    g_clear_pointer(&run->laboratories, leuko_file_table_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoStressRun, run_clear)

LeukoStressResult *leuko_stress_run(const char *model_path, const char *data_path,
                                    const LeukoStressOptions *options, GCancellable *cancellable,
                                    LeukoReporter reporter, GError **error)
{
    const LeukoStressOptions standard = leuko_stress_options_default();
    LeukoStressOptions o = options ? *options : standard;
    o.eval.command = o.eval.command ? o.eval.command : "leuko_stress_run";
    g_auto(LeukoStressRun) run = {
        .options = &o, .model_path = model_path, .reporter = reporter, .cancellable = cancellable};
    if (!check(&o, error) || !leuko_stress_choose(o.only, &run.choice, error) ||
        !check_laboratories(&run, error))
        return NULL;
    g_autoptr(LeukoStressResult) r = run.result = result_new(&o);
    g_autoptr(LeukoEvalJob) job =
        leuko_eval_job_open(model_path, data_path, &o.eval, o.n_images, o.seed, reporter, error);
    if (!job)
        return NULL;
    run.eval = job;
    r->n_all = leuko_eval_job_n_all(job);
    if (!leuko_stress_conditions(&run, error) || !leuko_stress_controls(&run, error))
        return NULL;
    g_ptr_array_add(r->notes, NULL);
    return g_steal_pointer(&r);
}

/* --- reading the result ----------------------------------------------------------------------- */

static const LeukoStressRow *row_of(const LeukoStressResult *r, guint i)
{
    g_assert(i < r->rows->len);
    return r->rows->pdata[i];
}

const LeukoEvalResult *leuko_stress_result_clean(const LeukoStressResult *r)
{
    return row_of(r, 0)->result;
}

guint leuko_stress_result_n_all(const LeukoStressResult *r) { return r->n_all; }
guint64 leuko_stress_result_seed(const LeukoStressResult *r) { return r->seed; }
const char *leuko_stress_result_figure_name(const LeukoStressResult *r) { return r->figure; }
double leuko_stress_result_limit_value(const LeukoStressResult *r) { return r->limit; }
guint leuko_stress_result_n_conditions(const LeukoStressResult *r) { return r->rows->len; }
guint leuko_stress_result_n_limits(const LeukoStressResult *r) { return r->limits->len; }
guint leuko_stress_result_n_controls(const LeukoStressResult *r) { return r->controls->len; }
double leuko_stress_result_box(const LeukoStressResult *r) { return r->box; }

const gchar *const *leuko_stress_result_notes(const LeukoStressResult *r)
{
    return (const gchar *const *)r->notes->pdata;
}

void leuko_stress_result_condition(const LeukoStressResult *r, guint i, LeukoStressCondition *out)
{
    const LeukoStressRow *row = row_of(r, i);
    const LeukoPerturbInfo *info = row->info;
    *out = info ? (LeukoStressCondition){info->name, info->family, info->meaning, info->unit,
                                         row->change.strength}
                : (LeukoStressCondition){"clean", "", "the images as they are", "", NAN};
}

gboolean leuko_stress_result_figure(const LeukoStressResult *r, guint i, const char *name,
                                    LeukoEvalFigure *out)
{
    const LeukoEvalResult *e = row_of(r, i)->result;
    if (strcmp(name, "referred") != 0)
        return leuko_eval_result_figure(e, name, out);
    if (e->selective) {
        const LeukoMetric *m = &e->selective->referred;
        *out = (LeukoEvalFigure){m->value, m->low, m->high, m->method, m->n, m->n_groups};
    }
    return e->selective != NULL;
}

gboolean leuko_stress_result_change(const LeukoStressResult *r, guint i, const char *name,
                                    LeukoEvalFigure *out)
{
    const LeukoStressRow *row = row_of(r, i);
    const LeukoDifference *d = leuko_stress_difference(row, name);
    if (d) {
        *out = (LeukoEvalFigure){d->difference, d->low,         d->high,
                                 d->method,     row->paired->n, row->paired->n_groups};
        return TRUE;
    }
    LeukoEvalFigure before, now;
    if (!row->info || strcmp(name, "ece") != 0 ||
        !leuko_stress_result_figure(r, 0, name, &before) ||
        !leuko_stress_result_figure(r, i, name, &now))
        return FALSE;
    *out = (LeukoEvalFigure){now.value - before.value, NAN, NAN, now.method, now.n, now.n_groups};
    return TRUE;
}

void leuko_stress_result_limit(const LeukoStressResult *r, guint i, LeukoStressLimit *out)
{
    g_assert(i < r->limits->len);
    *out = g_array_index(r->limits, LeukoStressLimit, i);
}

void leuko_stress_result_control(const LeukoStressResult *r, guint i, LeukoStressControl *out)
{
    g_assert(i < r->controls->len);
    const LeukoStressControlRow *row = r->controls->pdata[i];
    *out = row->shown;
    out->title = row->title;
    out->sentence = row->sentence;
}
