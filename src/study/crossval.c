#include "study/crossval.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/lock.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/dataset-digest.h"
#include "data/leaks.h"
#include "eval/opening.h"
#include "leuko/train.h"
#include "study/crossval-fit.h"
#include "study/crossval-weights.h"
#include "train/tuning.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

LeukoCrossvalOptions leuko_crossval_options_default(void)
{
    LeukoTrainOptions train = leuko_train_options_default();
    return (LeukoCrossvalOptions){.hold_out = LEUKO_HOLD_OUT_FOLDS,
                                  .n_repeats = 1,
                                  .start = train.start,
                                  .features = train.features};
}

void leuko_crossval_result_free(LeukoCrossvalResult *r)
{
    if (!r)
        return;
    for (guint i = 0; r->repeats && i < r->n_repeats; i++)
        leuko_evaluation_free(r->repeats[i]);
    g_free(r->repeats);
    leuko_evaluation_free(r->figures);
    leuko_patient_figures_free(r->patients);
    g_clear_pointer(&r->spreads, g_hash_table_unref);
    g_clear_pointer(&r->recipe, json_decref);
    g_clear_pointer(&r->allowed_leaks, json_decref);
    g_clear_pointer(&r->folds, g_ptr_array_unref);
    g_clear_pointer(&r->answers, g_ptr_array_unref);
    g_clear_pointer(&r->held_out, g_ptr_array_unref);
    leuko_crossval_data_free(r->data);
    g_free(r->path);
    g_free(r);
}

/* What a run holds from its beginning to its end. */
typedef struct {
    LeukoCrossvalJob job;
    LeukoCrossvalResult *result;
    LeukoStart *start;
    LeukoRecipe recipe;
    LeukoLock *lock; /* on the run folder */
    LeukoFeatures *features;
    LeukoHeadCurvature *near;
    gchar *identity;
    LeukoReporter reporter;
    GCancellable *cancellable;
} Run;

static void run_clear(Run *r)
{
    leuko_crossval_result_free(r->result);
    leuko_precision_choice_clear(&r->job.precision);
    leuko_start_free(r->start);
    leuko_lock_free(r->lock);
    leuko_features_free(r->features);
    leuko_head_curvature_free(r->near);
    g_free(r->identity);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/* --- before the first fold -------------------------------------------------------------------- */

static gboolean check(const LeukoCrossvalOptions *o, GError **error)
{
    if (o->features.batch < 1 || o->features.batch > 256 || o->features.n_threads < 1 ||
        o->features.precision == LEUKO_INT8 || !(o->l2 >= 0) || !isfinite(o->l2))
        return leuko_fail(
            LEUKO_ERROR_ARGUMENT, error,
            "cross-validation needs a batch of 1 to 256, at least one thread, fp32 or "
            "bf16, and a strength of the regularization that is positive");
    if (o->tune && !o->run_folder)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "training the network in every fold needs a run folder");
    if (o->tune && o->l2 > 0)
        return leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                          "a strength of the regularization belongs to the head alone");
    return TRUE;
}

static LeukoFoldPlan plan_of(const LeukoCrossvalData *d, const LeukoCrossvalOptions *o)
{
    return (LeukoFoldPlan){.hold_out = o->hold_out,
                           .n_folds = o->n_folds,
                           .n_repeats = o->n_repeats,
                           .seed = o->start.seed,
                           .n = d->n,
                           .n_units = d->n_units,
                           .n_classes = d->n_classes,
                           .positive = d->positive,
                           .classes = leuko_dataset_classes(d->dataset),
                           .unit_names = (const gchar *const *)d->names->pdata,
                           .has_groups = d->has_groups,
                           .unit = d->unit,
                           .labels = d->labels,
                           .scored = d->scored};
}

/* Say where the groups are too few for what was asked. */
static void note_few(LeukoCrossvalData *d, const LeukoFoldPlan *plan, guint n_folds,
                     LeukoReporter reporter)
{
    g_autofree guint *n_units = leuko_crossval_count_units(plan);
    const char *noun = d->has_groups ? "group" : "image";
    if (!d->has_groups)
        leuko_crossval_note(d, reporter,
                            "groups (patients) are unknown: images of one patient may be on both "
                            "sides of a fold, and the figures then are too good");
    for (guint k = 0; k < d->n_classes; k++) {
        gboolean few =
            plan->hold_out == LEUKO_HOLD_OUT_FOLDS &&
            (n_units[k] < n_folds || (plan->n_folds == 0 && n_units[k] == n_folds && n_folds < 5));
        if (few)
            leuko_crossval_note(d, reporter, "class \"%s\" has only %u %ss%s", plan->classes[k],
                                n_units[k], noun,
                                n_units[k] < n_folds ? ", so that some folds hold none out"
                                                     : ", so that there are as many folds");
    }
}

static gboolean make_folds(Run *r, GError **error)
{
    LeukoCrossvalResult *result = r->result;
    LeukoFoldPlan plan = plan_of(result->data, r->job.options);
    result->folds = leuko_crossval_folds_make(&plan, &result->n_folds, error);
    if (!result->folds)
        return FALSE;
    note_few(result->data, &plan, result->n_folds, r->reporter);
    result->answers = g_ptr_array_new_with_free_func((GDestroyNotify)leuko_fold_answers_free);
    g_ptr_array_set_size(result->answers, (gint)result->folds->len);
    return TRUE;
}

static gboolean open_test(Run *r, GError **error)
{
    LeukoCrossvalResult *result = r->result;
    const char *const models[] = {r->start->digest, NULL};
    const char *command = r->job.options->command;
    const LeukoOpening opening = {.dataset = result->data->dataset,
                                  .split = "test",
                                  .models = models,
                                  .command = command ? command : "leuko_crossval_run",
                                  .phase = "cross-validation"};
    if (!result->data->test_opened)
        return TRUE;
    result->has_ledger = leuko_opening_has_ledger(result->data->dataset, "test");
    if (!leuko_opening_record(&opening, &result->use, r->reporter, error))
        return FALSE;
    leuko_crossval_note(result->data, r->reporter,
                        "the test split is used%s: whoever chooses by these figures needs other "
                        "images for an unbiased test",
                        result->has_ledger ? ", as its ledger records" : "");
    return TRUE;
}

static gboolean open_run_folder(Run *r, GError **error)
{
    const LeukoCrossvalOptions *o = r->job.options;
    if (!o->run_folder)
        return TRUE;
    if (g_mkdir_with_parents(o->run_folder, 0777) != 0)
        return leuko_fail_io(o->run_folder, "create the folder", error);
    r->lock = leuko_lock_take(o->run_folder, error);
    return r->lock && (!o->restart || leuko_fold_answers_discard(o->run_folder, error));
}

static json_t *recipe_json(const Run *r)
{
    static const char *const kinds[] = {"chosen", "logistic", "discriminant"};
    const LeukoCrossvalOptions *o = r->job.options;
    json_t *json = json_pack(
        "{s:s, s:o, s:s, s:s, s:f, s:i, s:s}", "trained", o->tune ? r->recipe.tune : "head",
        "weights",
        leuko_json_text(strcmp(r->start->weights, "random") == 0 ? "random" : o->start.weights),
        "weights_digest", r->start->digest, "endpoint", r->start->spec.endpoint, "depth_multiplier",
        r->start->spec.depth_multiplier, "side", (int)r->start->preprocess.side_px, "precision",
        leuko_precision_name(r->job.precision.precision));
    if (o->tune) {
        g_autofree gchar *text = leuko_recipe_to_text(&r->recipe);
        json_object_set_new(json, "recipe", json_string(text));
    } else {
        json_object_set_new(json, "l2", o->l2 > 0 ? json_real(o->l2) : json_string("chosen"));
        json_object_set_new(json, "head", json_string(o->l2 > 0 ? "logistic" : kinds[o->head]));
        json_object_set_new(json, "views", json_integer(MAX(o->features.n_views, 1)));
        if (o->features.n_train_views > 0)
            json_object_set_new(json, "train_views", json_integer(o->features.n_train_views));
    }
    return json;
}

/* What was allowed when the initial weights were trained. */
static void take_allowed_leaks(Run *r)
{
    g_autofree gchar *text = leuko_leaks_trained_text(r->start->allowed_leaks);
    if (!text)
        return;
    r->result->allowed_leaks = json_incref(r->start->allowed_leaks);
    leuko_crossval_note(r->result->data, r->reporter, "initial weights: %s", text);
}

/* The digest of everything that the answers of a fold depend on. */
static gchar *identify(const Run *r, const guint8 *sha256)
{
    const LeukoCrossvalData *d = r->result->data;
    g_autofree gchar *images = leuko_dataset_digest_of(d->dataset, sha256);
    g_autofree gchar *recipe = leuko_json_to_line(r->result->recipe);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%s\n%s\n%u %u %" G_GUINT64_FORMAT " %d %u %.9g\n", images, recipe,
                    r->result->hold_out, r->result->n_folds, r->result->seed, d->positive,
                    (guint)r->start->preprocess.antialias, r->start->preprocess.crop_fraction);
    const LeukoColorTransfer *t = &r->start->preprocess.color;
    for (guint c = 0; t->is_used && c < 3; c++)
        g_string_append_printf(text, "color %.17g %.17g\n", t->scale[c], t->shift[c]);
    for (guint i = 0; i < d->n; i++)
        g_string_append_printf(text, "%u %d\n", d->unit[i], d->scored[i]);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);
}

/* --- the folds -------------------------------------------------------------------------------- */

/* Take the answers that the run folder holds; returns their number, -1 with an error. */
static gint take_finished(Run *r, GError **error)
{
    const LeukoCrossvalResult *result = r->result;
    gint n = 0;
    for (guint f = 0; r->job.run_folder && f < result->folds->len; f++) {
        const LeukoFold *fold = result->folds->pdata[f];
        guint n_held;
        g_autofree guint *held = leuko_crossval_held(result->data, fold, &n_held);
        LeukoFoldAnswers *a;
        if (!leuko_fold_answers_load(r->job.run_folder, fold, r->identity, held, n_held,
                                     result->data->n_classes, &a, error))
            return -1;
        result->answers->pdata[f] = a;
        n += a != NULL;
    }
    if (n > 0)
        leuko_report_line(r->reporter, "cross-validation", "%s: finished folds: %d of %u",
                          r->job.run_folder, n, result->folds->len);
    return n;
}

/* Keep the answers of a fold in the run folder and in the result. */
static gboolean keep(Run *r, guint f, LeukoFoldAnswers *a, GError **error)
{
    const LeukoFold *fold = r->result->folds->pdata[f];
    r->result->answers->pdata[f] = a;
    return !r->job.run_folder || (leuko_fold_answers_save(a, r->job.run_folder, fold, r->identity,
                                                          r->result->data->n_classes, error) &&
                                  leuko_fold_run_discard(r->job.run_folder, fold, error));
}

static void report_folds(const Run *r, guint done)
{
    leuko_report(r->reporter, "folds", done, r->result->folds->len, "folds", NULL);
}

/* Fit the heads that are missing, one fold on each thread. */
static gboolean fit_heads(Run *r, guint done, GError **error)
{
    guint n_folds = r->result->folds->len;
    GError *failed = NULL;
#pragma omp parallel for schedule(dynamic) num_threads(r->job.options->features.n_threads)
    for (guint f = 0; f < n_folds; f++) {
        gboolean skip;
        GError *own = NULL;
#pragma omp critical(leuko_crossval)
        skip = failed != NULL || r->result->answers->pdata[f] != NULL;
        if (skip)
            continue;
        LeukoFoldAnswers *a =
            leuko_crossval_fit_head(&r->job, r->result->folds->pdata[f], 1, r->cancellable, &own);
#pragma omp critical(leuko_crossval)
        {
            if (a && keep(r, f, a, &own))
                report_folds(r, ++done);
            if (own && failed)
                g_clear_error(&own);
            failed = own ? own : failed;
        }
    }
    if (failed)
        g_propagate_error(error, failed);
    return failed == NULL;
}

static gboolean train_networks(Run *r, GError **error)
{
    for (guint f = 0; f < r->result->folds->len; f++) {
        const LeukoFold *fold = r->result->folds->pdata[f];
        if (r->result->answers->pdata[f])
            continue;
        leuko_report_line(r->reporter, "cross-validation", "fold %u of %u", f + 1,
                          r->result->folds->len);
        LeukoFoldAnswers *a =
            leuko_crossval_fit_network(&r->job, fold, r->reporter, r->cancellable, error);
        if (!a || !keep(r, f, a, error))
            return FALSE;
    }
    return TRUE;
}

/* The features of all images; with a fixed l2 also a head fitted to all of them, near which the
 * heads of the folds lie. They do not depend on it, to the tolerance of a fit. */
static gboolean prepare_head(Run *r, GError **error)
{
    const LeukoCrossvalOptions *o = r->job.options;
    LeukoCrossvalJob *job = &r->job;
    job->features = (LeukoHeadData){r->features->x, job->data->labels,       NULL,
                                    r->features->n, r->features->n_features, job->data->n_classes};
    job->views = r->features->views;
    job->n_views = r->features->n_train_views;
    if (o->l2 == 0 || job->views)
        return TRUE;
    g_autoptr(LeukoHead) all =
        leuko_head_fit(&job->features, NULL, 0, o->l2, NULL, LEUKO_HEAD_TOLERANCE,
                       o->features.n_threads, r->cancellable, error);
    if (!all)
        return FALSE;
    job->near = r->near = leuko_head_curvature_new(&job->features, all, o->features.n_threads);
    return TRUE;
}

static void note_strong(Run *r)
{
    guint n = 0, n_folds = r->result->folds->len;
    for (guint f = 0; f < n_folds; f++)
        n += ((const LeukoFoldAnswers *)r->result->answers->pdata[f])->strong_l2 != FALSE;
    if (n > 0 && r->result->data->has_groups)
        leuko_crossval_note(
            r->result->data, r->reporter,
            "folds with a class of which the training part has one group only: %u of %u. The "
            "variation between groups cannot be estimated there, and the settings are %s",
            n, n_folds,
            r->job.recipe ? "chosen on images of that group"
                          : "those of the strongest regularization");
}

static gboolean run_folds(Run *r, GError **error)
{
    const LeukoCrossvalOptions *o = r->job.options;
    LeukoDataset *dataset = r->result->data->dataset;
    g_autofree guint8 *sha256 = NULL;
    if (o->tune) {
        sha256 = g_malloc0_n(r->result->data->n + 1, 32);
        if (!leuko_dataset_hash_images(dataset, sha256, r->cancellable, error))
            return FALSE;
    } else {
        LeukoFeatureOptions features = o->features;
        features.precision = r->job.precision.precision;
        r->features = leuko_features_compute(dataset, r->start, &features, r->reporter,
                                             r->cancellable, error);
        if (!r->features)
            return FALSE;
    }
    r->identity = identify(r, o->tune ? sha256 : r->features->sha256);
    gint done = take_finished(r, error);
    if (done < 0)
        return FALSE;
    gboolean ok = o->tune ? train_networks(r, error)
                          : (guint)done == r->result->folds->len ||
                                (prepare_head(r, error) && fit_heads(r, (guint)done, error));
    if (ok)
        note_strong(r);
    return ok;
}

LeukoCrossvalResult *leuko_crossval_run(const char *data_path, const LeukoCrossvalOptions *options,
                                        GCancellable *cancellable, LeukoReporter reporter,
                                        GError **error)
{
    const LeukoCrossvalOptions standard = leuko_crossval_options_default();
    const LeukoCrossvalOptions *o = options ? options : &standard;
    g_auto(Run) r = {.reporter = reporter, .cancellable = cancellable};
    LeukoCrossvalResult *result = r.result = g_new0(LeukoCrossvalResult, 1);
    if (!check(o, error) ||
        !(result->data = leuko_crossval_data_open(data_path, o, reporter, cancellable, error)))
        return NULL;
    result->path = g_strdup(data_path);
    result->hold_out = o->hold_out;
    result->n_repeats = o->n_repeats;
    result->seed = o->start.seed;
    result->l2 = o->l2;
    r.job.options = o;
    r.job.data = result->data;
    r.job.run_folder = o->run_folder;
    if (!make_folds(&r, error) || !(r.start = leuko_start_new(&o->start, reporter, error)) ||
        (o->tune && !leuko_tuning_load(o->tune, r.start->weights, &r.recipe, error)))
        return NULL;
    r.job.start = r.start;
    r.job.recipe = o->tune ? &r.recipe : NULL;
    leuko_precision_choose(o->features.precision,
                           o->tune ? LEUKO_WORK_TRAINING : LEUKO_WORK_INFERENCE, &r.job.precision);
    if (o->features.precision == LEUKO_PRECISION_AUTO)
        leuko_precision_choice_report(&r.job.precision, reporter, "training");
    result->recipe = recipe_json(&r);
    take_allowed_leaks(&r);
    if (!leuko_crossval_check_weights(result->data, r.start, o->features.n_threads, reporter,
                                      cancellable, error) ||
        !open_run_folder(&r, error) || !open_test(&r, error) || !run_folds(&r, error) ||
        !leuko_crossval_compute(result, o->features.n_threads, error))
        return NULL;
    g_ptr_array_add(result->data->notes, NULL);
    return g_steal_pointer(&r.result);
}

/* --- reading the result ----------------------------------------------------------------------- */

guint leuko_crossval_result_n_images(const LeukoCrossvalResult *r) { return r->data->n_scored; }
guint leuko_crossval_result_n_groups(const LeukoCrossvalResult *r) { return r->figures->n_groups; }
guint leuko_crossval_result_n_classes(const LeukoCrossvalResult *r) { return r->data->n_classes; }
guint leuko_crossval_result_n_repeats(const LeukoCrossvalResult *r) { return r->n_repeats; }
gint leuko_crossval_result_positive(const LeukoCrossvalResult *r) { return r->data->positive; }

const char *leuko_crossval_result_class_name(const LeukoCrossvalResult *r, guint k)
{
    g_assert(k < r->data->n_classes);
    return leuko_dataset_classes(r->data->dataset)[k];
}

const gchar *const *leuko_crossval_result_notes(const LeukoCrossvalResult *r)
{
    return (const gchar *const *)r->data->notes->pdata;
}
