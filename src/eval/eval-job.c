#include "eval/eval-job.h"
#include "answer/refer.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/dataset-view.h"
#include "eval/dataset-choice.h"
#include "eval/labels.h"
#include "eval/model-facts.h"
#include "eval/opening.h"
#include "eval/overlap.h"
#include "eval/sample.h"
#include "eval/split-leaks.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

typedef struct LeukoEvalJob {
    const LeukoEvalOptions *options;
    const char *model_path, *data_path;
    LeukoClassifier *classifier;
    const LeukoModel *model; /* of the classifier */
    gint positive;
    LeukoDataset *dataset; /* of the sample */
    guint n_all;           /* images before the sample */
    const char *split;
    gint *labels; /* (N) */
    /* of the run in progress */
    LeukoEvalResult *result;
    GCancellable *cancellable;
    LeukoReporter reporter;
} Job;

void leuko_eval_job_free(LeukoEvalJob *j)
{
    if (!j)
        return;
    leuko_classifier_free(j->classifier);
    leuko_dataset_unref(j->dataset);
    leuko_eval_result_free(j->result);
    g_free(j->labels);
    g_free(j);
}

LeukoEvalOptions leuko_eval_options_default(void)
{
    LeukoEvalOptions o = {.classifier = leuko_classifier_options_default(), .prevalence = NAN};
    o.classifier.batch = 8; /* many images: throughput counts */
    return o;
}

static gboolean open_model(Job *j, GError **error)
{
    j->classifier = leuko_classifier_open(j->model_path, &j->options->classifier, error);
    if (!j->classifier)
        return FALSE;
    j->model = leuko_classifier_model(j->classifier);
    const char *note = leuko_classifier_note(j->classifier);
    if (note)
        leuko_report_line(j->reporter, "evaluation", "%s", note);
    return TRUE;
}

static gboolean choose_positive(Job *j, GError **error)
{
    const char *name = j->options->positive;
    if (!isnan(j->options->prevalence) &&
        (j->model->spec.n_classes != 2 || (!name && j->model->positive < 0))) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: a prevalence needs a model with two classes, one of them positive",
                    j->model_path);
        return FALSE;
    }
    j->positive = name ? leuko_model_find_class(j->model, name) : j->model->positive;
    if (!name || j->positive >= 0)
        return TRUE;
    g_autofree gchar *names = g_strjoinv(", ", j->model->classes);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "positive class \"%s\": the model's classes are %s", name, names);
    return FALSE;
}

static void report_precision(const Job *j)
{
    const LeukoRunnable *run = leuko_session_runnable(leuko_classifier_session(j->classifier));
    if (j->options->classifier.precision == LEUKO_PRECISION_AUTO && run && !run->graph)
        leuko_report_line(j->reporter, "evaluation", "precision: %s (%s)",
                          leuko_precision_name(run->precision), run->reason);
}

/* Replace the data set by a sample of it. */
static void take_sample(Job *j, guint n_wanted, guint64 seed)
{
    j->n_all = leuko_dataset_n_records(j->dataset);
    if (n_wanted == 0 || n_wanted >= j->n_all)
        return;
    guint n;
    g_autofree guint *records = leuko_eval_sample(j->dataset, n_wanted, seed, &n);
    g_autofree LeukoRecordPlace *places = g_new(LeukoRecordPlace, n);
    for (guint i = 0; i < n; i++)
        places[i] = (LeukoRecordPlace){0, records[i]};
    LeukoDataset *all = j->dataset;
    j->dataset = leuko_dataset_view(&all, 1, places, n);
    leuko_dataset_unref(all);
    leuko_report_line(j->reporter, "evaluation",
                      "a sample of %u of %u %s (seed %" G_GUINT64_FORMAT ")", n, j->n_all,
                      LEUKO_PLURAL(j->n_all, "image"), seed);
}

static gboolean open_dataset(Job *j, guint n_images, guint64 seed, GError **error)
{
    static const char *const order[] = {"test", "validation", NULL};
    const LeukoDatasetChoice choice = {j->options->split, j->options->folder, order};
    j->dataset = leuko_eval_open_dataset(j->data_path, &choice, &j->split, j->reporter, error);
    if (!j->dataset)
        return FALSE;
    if (j->split && !j->options->split)
        leuko_report_line(j->reporter, "evaluation", "evaluating the %s split%s", j->split,
                          j->split == order[0]
                              ? ""
                              : ": there is no test split; training may have used this split to "
                                "choose settings");
    take_sample(j, n_images, seed);
    j->labels = leuko_eval_match_labels(j->dataset, j->model, error);
    if (j->labels)
        report_precision(j);
    return j->labels != NULL;
}

static void start_result(Job *j)
{
    guint n = leuko_dataset_n_records(j->dataset);
    leuko_eval_result_free(j->result);
    j->result = leuko_eval_result_new(j->model_path, j->model, j->dataset, j->split);
    j->result->precision = leuko_classifier_precision(j->classifier);
    j->result->precision_reason = g_strdup(leuko_classifier_precision_reason(j->classifier));
    j->result->model_facts = leuko_model_facts(
        j->model, j->options->no_digest ? NULL : leuko_classifier_digest(j->classifier));
    j->result->labels = g_memdup2(j->labels, MAX(n, 1) * sizeof *j->labels);
}

static void warn(Job *j, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void warn(Job *j, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    leuko_eval_result_warn(j->result, text);
    leuko_report_line(j->reporter, "evaluation", "WARNING: %s", text);
}

/* What was allowed when the model was trained: the classifier's note was reported already. */
static void take_allowed_leaks(Job *j)
{
    json_t *allowed = leuko_model_allowed_leaks(j->model);
    g_autofree gchar *text = leuko_leaks_trained_text(allowed);
    if (!allowed)
        return;
    j->result->allowed_leaks = json_incref(allowed);
    leuko_eval_result_warn(j->result, text);
}

static gboolean audit(Job *j, GError **error)
{
    g_autoptr(LeukoLeaks) leaks = NULL;
    take_allowed_leaks(j);
    if (j->options->no_split_audit)
        return TRUE;
    if (!leuko_eval_find_split_leaks(j->data_path, j->split, &j->options->folder,
                                     MAX(j->options->classifier.n_threads, 1), j->reporter,
                                     j->cancellable, &leaks, error))
        return FALSE;
    g_autoptr(json_t) list = leaks ? leuko_leaks_to_json(leaks) : NULL;
    g_autofree gchar *found = leaks ? leuko_leaks_text(leaks) : NULL;
    g_autofree gchar *text =
        found ? g_strconcat(found,
                            ": figures of a model that was trained on the other split are too good",
                            NULL)
              : NULL;
    leuko_eval_result_set_leaks(j->result, list, text);
    if (text)
        leuko_report_line(j->reporter, "evaluation", "WARNING: %s", text);
    return TRUE;
}

static gboolean note_opening(Job *j, GError **error)
{
    gboolean needed = leuko_opening_has_ledger(j->dataset, j->split);
    const char *const models[] = {needed ? leuko_classifier_digest(j->classifier) : NULL, NULL};
    const LeukoOpening opening = {.dataset = j->dataset,
                                  .split = j->split,
                                  .models = models,
                                  .command =
                                      j->options->command ? j->options->command : "leuko_eval_run",
                                  .phase = "evaluation"};
    return leuko_opening_record(&opening, &j->result->use, j->reporter, error);
}

static gboolean compare_image(guint index, GBytes *encoded, const LeukoImage *image,
                              gpointer overlap, GError **error)
{
    return leuko_overlap_add_image(overlap, index, encoded, image, error);
}

/* " (its head on 8)", or "" for NULL. Takes `text` over. */
static gchar *in_parentheses(gchar *text)
{
    g_autofree gchar *inside = text;
    return inside ? g_strdup_printf(" (%s)", inside) : g_strdup("");
}

static void warn_of_groups(Job *j, const LeukoOverlap *overlap)
{
    guint n = leuko_overlap_n_groups(overlap);
    g_autofree gchar *parts = in_parentheses(leuko_overlap_describe_groups(overlap));
    if (n > 0)
        warn(j,
             "the model was trained on %u of these groups (matched by name)%s: the figures do not "
             "estimate its performance on new groups",
             n, parts);
}

static void warn_of_images(Job *j, const LeukoOverlap *overlap)
{
    guint n = leuko_overlap_n_images(overlap), n_all = leuko_dataset_n_records(j->dataset);
    g_autofree gchar *parts = in_parentheses(leuko_overlap_describe_images(overlap));
    if (n > 0)
        warn(j,
             "the model was trained on %u of these %u %s%s: the figures do not estimate its "
             "performance on new images",
             n, n_all, LEUKO_PLURAL(n_all, "image"), parts);
}

static gboolean classify(Job *j, GError **error)
{
    guint n_threads = j->options->classifier.n_threads;
    g_autoptr(LeukoOverlap) overlap = leuko_overlap_new(j->model, j->dataset, n_threads, error);
    if (!overlap)
        return FALSE;
    const LeukoRecordsOptions options = {.n_threads = n_threads,
                                         .decoded = compare_image,
                                         .decoded_data = overlap,
                                         .scores = j->result->scores};
    g_autofree gchar *gap = leuko_overlap_gap(overlap);
    if (gap)
        leuko_report_line(j->reporter, "evaluation", "%s", gap);
    warn_of_groups(j, overlap);
    if (!note_opening(j, error) ||
        !leuko_session_classify_records(leuko_classifier_session(j->classifier), j->dataset,
                                        &options, j->result->probabilities, j->cancellable,
                                        j->reporter, error))
        return FALSE;
    leuko_overlap_add_sources(overlap, j->dataset);
    warn_of_images(j, overlap);
    j->result->guard = leuko_overlap_reach(overlap);
    return TRUE;
}

/* The threshold of the chosen positive class. The model's own belongs to its own positive class. */
static double threshold(const Job *j)
{
    double t = leuko_classifier_threshold(j->classifier);
    gboolean given = !isnan(j->options->classifier.threshold);
    return given || j->positive == j->model->positive ? t : 1 - t;
}

gboolean leuko_eval_job_refers(const LeukoEvalJob *j)
{
    const LeukoModel *m = j->model;
    return m->referral || (m->typical && isfinite(m->typical->limit)) || isfinite(m->refer_low);
}

gboolean *leuko_eval_job_referred(const LeukoEvalJob *j, const LeukoEvalResult *r)
{
    const LeukoEvalInput in = leuko_eval_job_input(j, r);
    g_autofree gint *decided = leuko_decide_all(&in);
    gboolean *referred = g_new(gboolean, MAX(in.n, 1));
    for (guint i = 0; i < in.n; i++)
        referred[i] = leuko_refer(j->model, in.probabilities + (gsize)i * in.n_classes, decided[i],
                                  r->scores[i], NULL) != LEUKO_REFER_NONE;
    return referred;
}

static void warn_of_drift(Job *j)
{
    guint n = j->result->evaluation->n;
    double sum = 0;
    for (guint i = 0; i < n; i++)
        sum += j->result->scores[i];
    g_autofree gchar *text =
        leuko_refer_drift_text(j->model, sum / n, n, j->result->evaluation->n_groups);
    if (text)
        warn(j, "%s", text);
}

LeukoEvalInput leuko_eval_job_input(const LeukoEvalJob *j, const LeukoEvalResult *r)
{
    return (LeukoEvalInput){.n = leuko_dataset_n_records(j->dataset),
                            .n_classes = j->model->spec.n_classes,
                            .classes = (const char *const *)r->classes,
                            .labels = r->labels,
                            .probabilities = r->probabilities,
                            .groups = leuko_dataset_has_groups(j->dataset) ? r->groups : NULL,
                            .positive = j->positive,
                            .threshold = threshold(j),
                            .prevalence = j->options->prevalence};
}

static gboolean compute(Job *j, GError **error)
{
    LeukoEvalResult *r = j->result;
    const LeukoEvalInput in = leuko_eval_job_input(j, r);
    r->evaluation = leuko_evaluate(&in, error);
    if (!r->evaluation)
        return FALSE;
    if (leuko_eval_job_refers(j)) {
        g_autofree gboolean *referred = leuko_eval_job_referred(j, r);
        r->selective = leuko_selective_new(&in, referred);
    }
    r->patients = leuko_evaluate_patients(
        &in, j->positive == j->model->positive ? j->model->patient_share : (double)NAN);
    return TRUE;
}

LeukoEvalJob *leuko_eval_job_open(const char *model_path, const char *data_path,
                                  const LeukoEvalOptions *options, guint n_images, guint64 seed,
                                  LeukoReporter reporter, GError **error)
{
    g_autoptr(LeukoEvalJob) j = g_new0(LeukoEvalJob, 1);
    j->options = options;
    j->model_path = model_path;
    j->data_path = data_path;
    j->reporter = reporter;
    return open_model(j, error) && choose_positive(j, error) &&
                   open_dataset(j, n_images, seed, error)
               ? g_steal_pointer(&j)
               : NULL;
}

LeukoEvalResult *leuko_eval_job_run(LeukoEvalJob *j, GCancellable *cancellable,
                                    LeukoReporter reporter, GError **error)
{
    j->cancellable = cancellable;
    j->reporter = reporter;
    start_result(j);
    if (!audit(j, error) || !classify(j, error) || !compute(j, error))
        return NULL;
    warn_of_drift(j);
    return g_steal_pointer(&j->result);
}

LeukoEvalResult *leuko_eval_job_run_changed(LeukoEvalJob *j, const LeukoEvalChange *change,
                                            GCancellable *cancellable, LeukoReporter reporter,
                                            GError **error)
{
    start_result(j);
    const LeukoRecordsOptions options = {.n_threads = j->options->classifier.n_threads,
                                         .phase = change->phase,
                                         .transform = change->transform,
                                         .transform_data = change->transform_data,
                                         .scores = j->result->scores};
    return leuko_session_classify_records(leuko_classifier_session(j->classifier), j->dataset,
                                          &options, j->result->probabilities, cancellable, reporter,
                                          error) &&
                   compute(j, error)
               ? g_steal_pointer(&j->result)
               : NULL;
}

LeukoEvalResult *leuko_eval_job_recall(LeukoEvalJob *j, const double *probabilities,
                                       const double *scores, GError **error)
{
    gsize n = leuko_dataset_n_records(j->dataset);
    start_result(j);
    memcpy(j->result->probabilities, probabilities, n * j->model->spec.n_classes * sizeof(double));
    memcpy(j->result->scores, scores, n * sizeof(double));
    return compute(j, error) ? g_steal_pointer(&j->result) : NULL;
}

LeukoDataset *leuko_eval_job_dataset(const LeukoEvalJob *j) { return j->dataset; }
LeukoClassifier *leuko_eval_job_classifier(const LeukoEvalJob *j) { return j->classifier; }
const char *leuko_eval_job_split(const LeukoEvalJob *j) { return j->split; }
guint leuko_eval_job_n_all(const LeukoEvalJob *j) { return j->n_all; }

LeukoEvalResult *leuko_eval_run(const char *model_path, const char *data_path,
                                const LeukoEvalOptions *options, GCancellable *cancellable,
                                LeukoReporter reporter, GError **error)
{
    const LeukoEvalOptions standard = leuko_eval_options_default();
    g_autoptr(LeukoEvalJob) j = leuko_eval_job_open(
        model_path, data_path, options ? options : &standard, 0, 0, reporter, error);
    return j ? leuko_eval_job_run(j, cancellable, reporter, error) : NULL;
}
