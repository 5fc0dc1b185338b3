/* The conditions of a stress test: the model's answers to changed images. */
#include "base/error.h"
#include "base/io-error.h"
#include "base/lock.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/dataset-digest.h"
#include "study/stress-answers.h"
#include "study/stress.h"
#include <glib/gstdio.h>
#include <math.h>

typedef struct {
    LeukoStressRun *run;
    gchar *identity; /* of the run folder; NULL without one */
    guint n_done;    /* conditions that are measured */
    guint n_all;
    guint n_images;   /* of each */
    const char *name; /* of the condition in progress */
} Work;

static void row_free(gpointer data)
{
    LeukoStressRow *row = data;
    leuko_eval_result_free(row->result);
    leuko_paired_free(row->paired);
    g_free(row);
}

/* The conditions in order, without results. */
static void list_conditions(LeukoStressRun *run)
{
    run->result->rows = g_ptr_array_new_with_free_func(row_free);
    g_ptr_array_add(run->result->rows, g_new0(LeukoStressRow, 1));
    for (guint k = 0; k < LEUKO_N_PERTURBATIONS; k++) {
        const LeukoPerturbInfo *info = leuko_perturb_info(k);
        for (guint i = 0; run->choice.kinds[k] && i < info->n_strengths; i++) {
            LeukoStressRow *row = g_new0(LeukoStressRow, 1);
            row->info = info;
            row->change = (LeukoPerturbation){k, info->strengths[i], run->options->seed};
            g_ptr_array_add(run->result->rows, row);
        }
    }
}

static LeukoImage *change_image(LeukoImage *image, const LeukoRecord *record, gsize position,
                                gpointer change, GError **error)
{
    (void)position;
    return leuko_perturb_apply(change, image, record->key, error);
}

/* Report images of one condition as images of all of them. Lines are passed on. */
static void report_all(const LeukoProgress *progress, gpointer user_data)
{
    const Work *w = user_data;
    LeukoReporter reporter = w->run->reporter;
    if (progress->is_line && reporter.func)
        reporter.func(progress, reporter.user_data);
    else if (!progress->is_line)
        leuko_report(reporter, "conditions", (guint64)w->n_done * w->n_images + progress->done,
                     (guint64)w->n_all * w->n_images, "images", w->name);
}

/* Everything that the answers depend on. */
static gchar *identify(const LeukoStressRun *run, GError **error)
{
    const LeukoEvalOptions *o = &run->options->eval;
    LeukoClassifier *c = leuko_eval_job_classifier(run->eval);
    LeukoDataset *d = leuko_eval_job_dataset(run->eval);
    guint n = leuko_dataset_n_records(d);
    g_autofree guint8 *sha256 = g_malloc0_n((gsize)n + 1, 32);
    if (!leuko_dataset_hash_images(d, sha256, run->cancellable, error))
        return NULL;
    g_autofree gchar *images = leuko_dataset_digest_of(d, sha256);
    g_autofree gchar *text =
        g_strdup_printf("%s\n%s\n%s %u %u %" G_GUINT64_FORMAT "\n", leuko_classifier_digest(c),
                        images, leuko_precision_name(leuko_classifier_precision(c)),
                        o->classifier.batch, o->classifier.n_views, run->options->seed);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

static LeukoEvalResult *recall(Work *w, const LeukoStressRow *row, gboolean *found, GError **error)
{
    LeukoStressRun *run = w->run;
    guint n_classes = leuko_classifier_model(leuko_eval_job_classifier(run->eval))->spec.n_classes;
    g_autofree double *p = g_new(double, (gsize)w->n_images *n_classes + 1);
    g_autofree double *scores = g_new(double, w->n_images + 1);
    if (!leuko_stress_answers_load(run->options->run_folder, row->info, row->change.strength,
                                   w->identity, w->n_images, n_classes, p, scores, found, error) ||
        !*found)
        return NULL;
    return leuko_eval_job_recall(run->eval, p, scores, error);
}

static LeukoEvalResult *classify(Work *w, LeukoStressRow *row, GError **error)
{
    LeukoStressRun *run = w->run;
    LeukoReporter reporter = {report_all, w};
    const LeukoEvalChange change = {change_image, &row->change, "conditions"};
    return row->info
               ? leuko_eval_job_run_changed(run->eval, &change, run->cancellable, reporter, error)
               : leuko_eval_job_run(run->eval, run->cancellable, reporter, error);
}

/* The clean images are always classified: that compares them with the training images. */
static gboolean measure(Work *w, LeukoStressRow *row, GError **error)
{
    const char *folder = w->run->options->run_folder;
    gboolean found = FALSE;
    w->name = row->info ? row->info->name : "clean";
    if (folder && row->info) {
        row->result = recall(w, row, &found, error);
        if (!row->result && (found || (error && *error)))
            return FALSE;
    }
    if (!row->result) {
        row->result = classify(w, row, error);
        if (!row->result)
            return FALSE;
        if (folder && row->info &&
            !leuko_stress_answers_save(folder, row->info, row->change.strength, w->identity,
                                       row->result, error))
            return FALSE;
    }
    w->n_done++;
    return !row->info ||
           leuko_stress_compare(w->run->eval, w->run->result->rows->pdata[0], row, error);
}

static gboolean open_folder(Work *w, LeukoLock **lock, GError **error)
{
    const LeukoStressOptions *o = w->run->options;
    if (!o->run_folder)
        return TRUE;
    if (g_mkdir_with_parents(o->run_folder, 0777) != 0)
        return leuko_fail_io(o->run_folder, "create the folder", error);
    *lock = leuko_lock_take(o->run_folder, error);
    return *lock && (!o->restart || leuko_stress_answers_discard(o->run_folder, error)) &&
           (w->identity = identify(w->run, error)) != NULL;
}

/* The figure must be one that the changes have. */
static gboolean check_figure(const LeukoStressRun *run, GError **error)
{
    const LeukoStressResult *r = run->result;
    const LeukoEvalResult *clean = ((LeukoStressRow *)r->rows->pdata[0])->result;
    const LeukoMetric *m = leuko_evaluation_find(clean->evaluation, r->figure);
    if (!m)
        return leuko_fail(
            LEUKO_ERROR_ARGUMENT, error, "figure \"%s\": does not apply to a model with %s%s",
            r->figure, clean->evaluation->n_classes == 2 ? "two classes" : "more than two classes",
            clean->evaluation->positive < 0 ? ", none of them positive" : "");
    if (!isfinite(m->value))
        leuko_stress_note(run,
                          "the %s is not defined on these images (%s): no strength at which "
                          "the model breaks can be stated",
                          r->figure, m->method);
    return TRUE;
}

gboolean leuko_stress_conditions(LeukoStressRun *run, GError **error)
{
    Work w = {.run = run};
    g_autoptr(LeukoLock) lock = NULL;
    list_conditions(run);
    w.n_all = run->result->rows->len;
    w.n_images = leuko_dataset_n_records(leuko_eval_job_dataset(run->eval));
    gboolean ok = open_folder(&w, &lock, error);
    for (guint i = 0; ok && i < w.n_all; i++)
        ok = measure(&w, run->result->rows->pdata[i], error) && (i > 0 || check_figure(run, error));
    g_free(w.identity);
    if (ok)
        leuko_stress_find_limits(run->result);
    return ok;
}
