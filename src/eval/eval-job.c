#include "answer/classifier.h"
#include "answer/refer.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/progress.h"
#include "eval/dataset-choice.h"
#include "eval/eval.h"
#include "eval/labels.h"
#include "eval/model-facts.h"
#include "eval/opening.h"
#include "eval/overlap.h"
#include "eval/split-leaks.h"
#include "leuko/error.h"
#include <math.h>

typedef struct {
    const LeukoEvalOptions *options;
    const char *model_path, *data_path;
    LeukoClassifier *classifier;
    const LeukoModel *model; /* of the classifier */
    gint positive;
    LeukoDataset *dataset;
    const char *split;
    LeukoEvalResult *result;
    GCancellable *cancellable;
    LeukoReporter reporter;
} Job;

static void job_clear(Job *j)
{
    leuko_classifier_free(j->classifier);
    leuko_dataset_unref(j->dataset);
    leuko_eval_result_free(j->result);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

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

static gboolean open_dataset(Job *j, GError **error)
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
    j->result = leuko_eval_result_new(j->model_path, j->model, j->dataset, j->split);
    j->result->precision = leuko_classifier_precision(j->classifier);
    j->result->precision_reason = g_strdup(leuko_classifier_precision_reason(j->classifier));
    j->result->model_facts = leuko_model_facts(j->model, leuko_classifier_digest(j->classifier));
    j->result->labels = leuko_eval_match_labels(j->dataset, j->model, error);
    if (j->result->labels)
        report_precision(j);
    return j->result->labels != NULL;
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
    const char *const models[] = {leuko_classifier_digest(j->classifier), NULL};
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

/* What the model refers to a person, if it refers anything. */
static void select_answers(Job *j, const LeukoEvalInput *in)
{
    const LeukoModel *m = j->model;
    if (!m->referral && !(m->typical && isfinite(m->typical->limit)) && !isfinite(m->refer_low))
        return;
    g_autofree gint *decided = leuko_decide_all(in);
    g_autofree gboolean *referred = g_new(gboolean, MAX(in->n, 1));
    for (guint i = 0; i < in->n; i++)
        referred[i] = leuko_refer(m, in->probabilities + (gsize)i * in->n_classes, decided[i],
                                  j->result->scores[i], NULL) != LEUKO_REFER_NONE;
    j->result->selective = leuko_selective_new(in, referred);
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

static gboolean compute(Job *j, GError **error)
{
    LeukoEvalResult *r = j->result;
    const LeukoEvalInput in = {.n = leuko_dataset_n_records(j->dataset),
                               .n_classes = j->model->spec.n_classes,
                               .classes = (const char *const *)r->classes,
                               .labels = r->labels,
                               .probabilities = r->probabilities,
                               .groups = leuko_dataset_has_groups(j->dataset) ? r->groups : NULL,
                               .positive = j->positive,
                               .threshold = threshold(j),
                               .prevalence = j->options->prevalence};
    r->evaluation = leuko_evaluate(&in, error);
    if (!r->evaluation)
        return FALSE;
    select_answers(j, &in);
    warn_of_drift(j);
    r->patients = leuko_evaluate_patients(
        &in, j->positive == j->model->positive ? j->model->patient_share : (double)NAN);
    return TRUE;
}

LeukoEvalResult *leuko_eval_run(const char *model_path, const char *data_path,
                                const LeukoEvalOptions *options, GCancellable *cancellable,
                                LeukoReporter reporter, GError **error)
{
    const LeukoEvalOptions standard = leuko_eval_options_default();
    g_auto(Job) j = {.options = options ? options : &standard,
                     .model_path = model_path,
                     .data_path = data_path,
                     .cancellable = cancellable,
                     .reporter = reporter};
    if (!open_model(&j, error) || !choose_positive(&j, error) || !open_dataset(&j, error) ||
        !audit(&j, error) || !classify(&j, error) || !compute(&j, error))
        return NULL;
    return g_steal_pointer(&j.result);
}
