#include "study/adapt.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/outputs.h"
#include "base/progress.h"
#include "eval/opening.h"
#include "formats/model-file.h"
#include "leuko/train.h"
#include "stats/decide.h"
#include "study/adapt-model.h"
#include "study/crossval-fit.h"
#include "study/crossval-folds.h"
#include <math.h>
#include <string.h>

LeukoAdaptOptions leuko_adapt_options_default(void)
{
    LeukoTrainOptions train = leuko_train_options_default();
    return (LeukoAdaptOptions){
        .steps = LEUKO_ADAPT_ALL, .seed = train.start.seed, .features = train.features};
}

void leuko_adapt_result_free(LeukoAdaptResult *r)
{
    if (!r)
        return;
    for (guint side = 0; side < 2; side++) {
        g_free(r->p[side]);
        g_free(r->decisions[side]);
        leuko_evaluation_free(r->evaluation[side]);
    }
    leuko_paired_free(r->paired);
    leuko_adapt_fit_free(r->fit);
    leuko_adapt_lab_free(r->lab);
    g_free(r->model);
    g_free(r->path);
    g_free(r->out);
    g_free(r->records);
    g_free(r->fold);
    g_free(r->labels);
    g_free(r->groups);
    g_free(r->class_counts);
    g_free(r->folds);
    g_free(r->sentence);
    g_free(r);
}

/* What a job holds besides its result; all borrowed. */
typedef struct {
    LeukoAdaptResult *result;
    const LeukoAdaptOptions *options;
    LeukoReporter reporter;
    GCancellable *cancellable;
} Job;

static gboolean check(const char *model, const char *data, const char *out,
                      const LeukoAdaptOptions *o, GError **error)
{
    if (o->features.batch < 1 || o->features.batch > 256 || o->features.n_threads < 1 ||
        o->features.precision == LEUKO_INT8 || o->n_folds == 1 || !(o->steps & LEUKO_ADAPT_ALL))
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "adaptation needs a batch of 1 to 256, at least one thread, fp32 or "
                          "bf16, at least 2 folds, and a step that may be taken");
    const char *const outputs[] = {out, NULL}, *const inputs[] = {model, data, NULL};
    return !out ||
           (leuko_outputs_check(outputs, inputs, error) && leuko_output_check_file(out, error));
}

static gboolean open_test(const Job *job, GError **error)
{
    const LeukoCrossvalData *d = job->result->lab->data;
    g_autofree gchar *digest = leuko_params_digest(job->result->lab->model->params);
    const char *const models[] = {digest, NULL};
    LeukoLedgerUse use;
    const LeukoOpening opening = {.dataset = d->dataset,
                                  .split = "test",
                                  .models = models,
                                  .command = job->options->command ? job->options->command
                                                                   : "leuko_adapt_run",
                                  .phase = "adaptation"};
    return !d->test_opened || leuko_opening_record(&opening, &use, job->reporter, error);
}

/* --- the scored cells ------------------------------------------------------------------------- */

static void list_scored(LeukoAdaptResult *r)
{
    const LeukoCrossvalData *d = r->lab->data;
    guint n = d->n_scored, K = r->lab->model->spec.n_classes;
    r->records = g_new(guint, n + 1);
    r->fold = g_new0(guint, n + 1);
    r->labels = g_new(gint, n + 1);
    r->groups = g_new(const char *, n + 1);
    r->class_counts = g_new0(guint, K);
    for (guint i = 0; i < d->n; i++) {
        if (!d->scored[i])
            continue;
        r->records[r->n] = i;
        r->labels[r->n] = r->lab->labels[i];
        r->groups[r->n++] = d->inner_groups[i];
        r->class_counts[r->lab->labels[i]]++;
    }
    for (guint side = 0; side < 2; side++) {
        r->p[side] = g_new0(double, (gsize)n *K + 1);
        r->decisions[side] = g_new0(gint, n + 1);
    }
}

/* Probabilities and decision of scored cell `at` from logits (K) that the temperature of the model
 * is in, if `decision` is NULL; else from the logits of a fit. */
static void answer(LeukoAdaptResult *r, guint side, guint at, const double *z,
                   const LeukoModel *decision)
{
    const LeukoModel *m = r->lab->model;
    guint K = m->spec.n_classes;
    g_autofree float *logits = g_new(float, K);
    double *p = r->p[side] + (gsize)at * K;
    for (guint k = 0; k < K; k++)
        logits[k] = (float)z[k];
    if (decision)
        leuko_model_probabilities(decision, logits, p);
    else
        leuko_probabilities(&m->calibration, 1.0, m->positive, logits, K, p);
    r->decisions[side][at] =
        leuko_decide(p, K, m->positive, decision ? decision->threshold : m->threshold);
}

static void answer_before(LeukoAdaptResult *r)
{
    const LeukoFeatures *f = r->lab->plain;
    g_autofree double *z = g_new(double, r->lab->model->spec.n_classes);
    for (guint at = 0; at < r->n; at++) {
        leuko_adapt_logits(r->lab->model, f->x + (gsize)r->records[at] * f->n_features, z);
        answer(r, 0, at, z, NULL);
    }
}

/* --- the folds -------------------------------------------------------------------------------- */

static GPtrArray *make_folds(const Job *job, GError **error)
{
    const LeukoCrossvalData *d = job->result->lab->data;
    const LeukoFoldPlan plan = {.hold_out = LEUKO_HOLD_OUT_FOLDS,
                                .n_folds = job->options->n_folds,
                                .n_repeats = 1,
                                .seed = job->options->seed,
                                .n = d->n,
                                .n_units = d->n_units,
                                .n_classes = d->n_classes,
                                .positive = -1,
                                .classes = leuko_dataset_classes(d->dataset),
                                .unit_names = (const gchar *const *)d->names->pdata,
                                .has_groups = d->has_groups,
                                .unit = d->unit,
                                .labels = d->labels,
                                .scored = d->scored};
    guint n_folds;
    return leuko_crossval_folds_make(&plan, &n_folds, error);
}

static gboolean run_fold(const Job *job, const LeukoFold *fold, LeukoAdaptFold *out, GError **error)
{
    LeukoAdaptResult *r = job->result;
    guint n_training = 0, n_held = 0, K = r->lab->model->spec.n_classes, at = 0;
    g_autofree guint *training = leuko_crossval_training(r->lab->data, fold, &n_training);
    g_autofree guint *held = leuko_crossval_held(r->lab->data, fold, &n_held);
    g_autoptr(LeukoAdaptFit) fit = leuko_adapt_fit(r->lab, training, n_training, FALSE,
                                                   job->reporter, job->cancellable, error);
    if (!fit)
        return FALSE;
    for (guint j = 0; j < n_held; j++) {
        while (r->records[at] != held[j])
            at++;
        r->fold[at] = out->fold;
        answer(r, 1, at, fit->logits + (gsize)held[j] * K, fit->decision);
    }
    out->n_training = n_training;
    out->n_held = n_held;
    out->steps = fit->steps;
    out->l2 = fit->l2;
    return TRUE;
}

static gboolean run_folds(const Job *job, GError **error)
{
    LeukoAdaptResult *r = job->result;
    g_autoptr(GPtrArray) folds = make_folds(job, error);
    if (!folds)
        return FALSE;
    r->n_folds = folds->len;
    r->folds = g_new0(LeukoAdaptFold, folds->len);
    for (guint f = 0; f < folds->len; f++) {
        leuko_report_line(job->reporter, "adaptation", "fold %u of %u", f + 1, folds->len);
        r->folds[f].fold = f + 1;
        if (!run_fold(job, folds->pdata[f], &r->folds[f], error))
            return FALSE;
    }
    return TRUE;
}

/* --- the figures ------------------------------------------------------------------------------ */

static gboolean compute_figures(LeukoAdaptResult *r, GError **error)
{
    const LeukoModel *m = r->lab->model;
    LeukoEvalInput in[2];
    for (guint side = 0; side < 2; side++) {
        in[side] = (LeukoEvalInput){.n = r->n,
                                    .n_classes = m->spec.n_classes,
                                    .classes = (const char *const *)m->classes,
                                    .labels = r->labels,
                                    .probabilities = r->p[side],
                                    .groups = r->lab->data->has_groups ? r->groups : NULL,
                                    .positive = m->positive,
                                    .threshold = NAN,
                                    .prevalence = NAN,
                                    .decisions = r->decisions[side]};
        r->evaluation[side] = leuko_evaluate(&in[side], error);
        if (!r->evaluation[side])
            return FALSE;
    }
    r->paired = leuko_paired_compare(&in[0], &in[1], error);
    return r->paired != NULL;
}

static void conclude(LeukoAdaptResult *r)
{
    LeukoCompareFigure f = {.low = NAN};
    leuko_adapt_result_figure(r, LEUKO_ADAPT_FIGURE, &f);
    r->has_gain = r->fit->steps != 0 && f.low > 0;
    if (r->fit->steps == 0)
        r->sentence = g_strdup("no gain is shown: no step of the adaptation makes the held-out "
                               "answers better; the model is unchanged");
    else if (!isfinite(f.low))
        r->sentence = g_strdup_printf(
            "no gain is shown: accuracy %.3f before and %.3f after, but the interval of the "
            "difference is not estimable (%s)",
            f.first, f.second,
            g_str_has_prefix(f.method, LEUKO_NOT_ESTIMABLE) ? f.method + strlen(LEUKO_NOT_ESTIMABLE)
                                                            : f.method);
    else
        r->sentence = g_strdup_printf(
            "%s: accuracy %.3f before and %.3f after; the 95 %% interval of the difference, %+.3f "
            "to %+.3f, %s",
            r->has_gain  ? "the adaptation is a gain"
            : f.high < 0 ? "the adapted model is worse"
                         : "no gain is shown",
            f.first, f.second, f.low, f.high,
            r->has_gain || f.high < 0 ? "does not contain 0" : "contains 0");
}

static void add_notes(const Job *job)
{
    LeukoAdaptResult *r = job->result;
    const LeukoModel *m = r->lab->model;
    if (r->fit->steps == 0)
        return;
    if (r->fit->folds == LEUKO_FOLDS_HALF)
        leuko_crossval_note(r->lab->data, job->reporter,
                            "a class has one group only: the steps are chosen on images of that "
                            "group, and the variation between groups cannot be estimated");
    if (m->referral || m->typical || isfinite(m->refer_low))
        leuko_crossval_note(r->lab->data, job->reporter,
                            "the adapted model refers no image to a person: the bounds of the "
                            "given model were fitted to images of another laboratory");
    if (r->lab->n_present < m->spec.n_classes)
        leuko_crossval_note(r->lab->data, job->reporter,
                            "classes of the model without cells: %u of %u; their weights are "
                            "unchanged, and no figure tells how they are recognized now",
                            m->spec.n_classes - r->lab->n_present, m->spec.n_classes);
}

static gboolean write_model(const Job *job, GError **error)
{
    LeukoAdaptResult *r = job->result;
    if (!r->out || r->fit->steps == 0 || !(r->has_gain || job->options->write_anyway))
        return TRUE;
    g_autoptr(json_t) summary = leuko_adapt_summary_json(r);
    g_autoptr(LeukoModel) m =
        leuko_adapt_model_new(r->lab, r->fit, summary, job->reporter, job->cancellable, error);
    r->is_written = m && leuko_model_save(m, r->out, error);
    return r->is_written;
}

LeukoAdaptResult *leuko_adapt_run(const char *model, const char *data, const char *out,
                                  const LeukoAdaptOptions *options, GCancellable *cancellable,
                                  LeukoReporter reporter, GError **error)
{
    const LeukoAdaptOptions standard = leuko_adapt_options_default();
    const LeukoAdaptOptions *o = options ? options : &standard;
    g_autoptr(LeukoAdaptResult) r = g_new0(LeukoAdaptResult, 1);
    const Job job = {r, o, reporter, cancellable};
    g_autoptr(LeukoLock) lock = NULL; /* so that no other adaptation or training writes `out` */
    if (!check(model, data, out, o, error) || (out && !(lock = leuko_lock_take_file(out, error))) ||
        !(r->lab = leuko_adapt_lab_open(model, data, o, reporter, cancellable, error)) ||
        !open_test(&job, error))
        return NULL;
    r->model = g_strdup(model);
    r->path = g_strdup(data);
    r->out = g_strdup(out);
    list_scored(r);
    answer_before(r);
    if (!run_folds(&job, error) || !compute_figures(r, error))
        return NULL;
    g_autofree guint *all = g_new(guint, r->lab->data->n + 1);
    for (guint i = 0; i < r->lab->data->n; i++)
        all[i] = i;
    leuko_report_line(reporter, "adaptation", "all cells");
    r->fit = leuko_adapt_fit(r->lab, all, r->lab->data->n, TRUE, reporter, cancellable, error);
    if (!r->fit)
        return NULL;
    conclude(r);
    add_notes(&job);
    if (!write_model(&job, error))
        return NULL;
    g_ptr_array_add(r->lab->data->notes, NULL);
    return g_steal_pointer(&r);
}

/* --- reading the result ----------------------------------------------------------------------- */

guint leuko_adapt_result_n_images(const LeukoAdaptResult *r) { return r->n; }
guint leuko_adapt_result_n_groups(const LeukoAdaptResult *r) { return r->paired->n_groups; }
guint leuko_adapt_result_steps(const LeukoAdaptResult *r) { return r->fit->steps; }
double leuko_adapt_result_l2(const LeukoAdaptResult *r) { return r->fit->l2; }
guint leuko_adapt_result_n_folds(const LeukoAdaptResult *r) { return r->n_folds; }
gboolean leuko_adapt_result_has_gain(const LeukoAdaptResult *r) { return r->has_gain; }
const char *leuko_adapt_result_sentence(const LeukoAdaptResult *r) { return r->sentence; }
gboolean leuko_adapt_result_is_written(const LeukoAdaptResult *r) { return r->is_written; }
const guint *leuko_adapt_result_class_counts(const LeukoAdaptResult *r) { return r->class_counts; }

const gchar *const *leuko_adapt_result_classes(const LeukoAdaptResult *r)
{
    return (const gchar *const *)r->lab->model->classes;
}

const gchar *const *leuko_adapt_result_notes(const LeukoAdaptResult *r)
{
    return (const gchar *const *)r->lab->data->notes->pdata;
}

guint leuko_adapt_result_folds_with(const LeukoAdaptResult *r, LeukoAdaptSteps step)
{
    guint n = 0;
    for (guint f = 0; f < r->n_folds; f++)
        n += (r->folds[f].steps & step) != 0;
    return n;
}

guint leuko_adapt_result_n_figures(const LeukoAdaptResult *r) { return r->paired->n_differences; }

void leuko_adapt_result_figure_at(const LeukoAdaptResult *r, guint index, LeukoCompareFigure *out)
{
    g_assert(index < r->paired->n_differences);
    *out = leuko_compare_figure_of(&r->paired->differences[index]);
}

gboolean leuko_adapt_result_figure(const LeukoAdaptResult *r, const char *name,
                                   LeukoCompareFigure *out)
{
    for (guint i = 0; i < r->paired->n_differences; i++)
        if (strcmp(r->paired->differences[i].name, name) == 0) {
            leuko_adapt_result_figure_at(r, i, out);
            return TRUE;
        }
    return FALSE;
}
