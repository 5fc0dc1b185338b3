#include "study/compare.h"
#include "base/json.h"
#include "base/progress.h"
#include "eval/eval.h"
#include "leuko/answer.h"
#include "leuko/error.h"
#include "stats/paired.h"
#include <math.h>
#include <string.h>

struct LeukoCompareResult {
    LeukoEvalResult *evaluations[2];
    double *probabilities; /* (N, K) of the second model, classes in the order of the first */
    LeukoPaired *paired;
};

void leuko_compare_result_free(LeukoCompareResult *r)
{
    if (!r)
        return;
    leuko_eval_result_free(r->evaluations[0]);
    leuko_eval_result_free(r->evaluations[1]);
    g_free(r->probabilities);
    leuko_paired_free(r->paired);
    g_free(r);
}

/* --- running the two models ----------------------------------------------------------------- */

/* Passes on what it is told, each line of the log once: the layout of the data is the same for both
 * models. A warning is of one model, which is named. */
typedef struct {
    LeukoReporter reporter;
    const char *which;
    GHashTable *lines; /* a set of strings */
} OnceReporter;

static void report_once(const LeukoProgress *progress, gpointer user_data)
{
    OnceReporter *once = user_data;
    LeukoProgress own = *progress;
    g_autofree gchar *named = NULL;
    if (progress->is_line && g_str_has_prefix(progress->note, "WARNING: "))
        own.note = named = g_strdup_printf("%s model: %s", once->which, progress->note);
    if (own.is_line && !g_hash_table_add(once->lines, g_strdup(own.note)))
        return;
    if (once->reporter.func)
        once->reporter.func(&own, once->reporter.user_data);
}

static gboolean evaluate_both(LeukoCompareResult *r, const char *const models[], const char *data,
                              const LeukoEvalOptions *options, GCancellable *cancellable,
                              LeukoReporter reporter, GError **error)
{
    g_autoptr(GHashTable) lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    OnceReporter once = {reporter, NULL, lines};
    LeukoEvalOptions own = *options;
    for (guint i = 0; i < 2; i++) {
        once.which = i == 0 ? "first" : "second";
        r->evaluations[i] = leuko_eval_run(models[i], data, &own, cancellable,
                                           (LeukoReporter){report_once, &once}, error);
        if (!r->evaluations[i])
            return FALSE;
        gint positive = leuko_eval_result_positive(r->evaluations[i]);
        if (positive >= 0)
            own.positive = leuko_eval_result_class_name(r->evaluations[i], (guint)positive);
        own.no_split_audit = TRUE; /* the data is the same */
    }
    const LeukoEvalResult *first = r->evaluations[0];
    leuko_eval_result_set_leaks(r->evaluations[1], first->leaks, first->leaks_text);
    return TRUE;
}

/* --- bringing their answers together -------------------------------------------------------- */

/* The index in the first model of each class of the second, (K), g_free. */
static guint *match_classes(const LeukoCompareResult *r, GError **error)
{
    const GStrv a = r->evaluations[0]->classes, b = r->evaluations[1]->classes;
    guint n_classes = g_strv_length(b);
    g_autofree guint *order = g_new(guint, n_classes);
    gboolean same = g_strv_length(a) == n_classes;
    for (guint k = 0; same && k < n_classes; k++) {
        guint at = 0;
        while (at < n_classes && strcmp(a[at], b[k]) != 0)
            at++;
        order[k] = at;
        same = at < n_classes;
    }
    if (same)
        return g_steal_pointer(&order);
    g_autofree gchar *first = g_strjoinv(", ", a), *second = g_strjoinv(", ", b);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s and %s have different classes (%s; %s): they cannot be compared",
                r->evaluations[0]->model, r->evaluations[1]->model, first, second);
    return NULL;
}

static gboolean same_images(const LeukoCompareResult *r, GError **error)
{
    const LeukoEvalResult *a = r->evaluations[0], *b = r->evaluations[1];
    guint n = leuko_eval_result_n_images(a);
    gboolean same = n == leuko_eval_result_n_images(b);
    for (guint i = 0; same && i < n; i++)
        same = strcmp(leuko_dataset_record(a->dataset, i)->file,
                      leuko_dataset_record(b->dataset, i)->file) == 0;
    if (!same)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: the images changed between the two models", a->data);
    return same;
}

static LeukoEvalInput input_of(const LeukoEvalResult *r, gint positive)
{
    const LeukoEvaluation *e = r->evaluation;
    return (LeukoEvalInput){
        .n = e->n,
        .n_classes = e->n_classes,
        .classes = (const char *const *)r->classes,
        .labels = r->labels,
        .probabilities = r->probabilities,
        .groups = leuko_dataset_has_groups(r->dataset) ? r->groups : NULL,
        .positive = positive,
        .threshold = positive >= 0 ? e->threshold : (double)NAN,
        .prevalence = NAN,
    };
}

static gboolean compare(LeukoCompareResult *r, LeukoReporter reporter, GError **error)
{
    g_autofree guint *order = same_images(r, error) ? match_classes(r, error) : NULL;
    if (!order)
        return FALSE;
    const LeukoEvalResult *a = r->evaluations[0], *b = r->evaluations[1];
    guint n = leuko_eval_result_n_images(a), n_classes = leuko_eval_result_n_classes(a);
    r->probabilities = g_new(double, (gsize)n *n_classes);
    for (gsize i = 0; i < n; i++)
        for (guint k = 0; k < n_classes; k++)
            r->probabilities[i * n_classes + order[k]] = b->probabilities[i * n_classes + k];
    gint positive = leuko_eval_result_positive(a);
    if (positive < 0 && leuko_eval_result_positive(b) >= 0)
        leuko_report_line(reporter, "evaluation",
                          "%s names no positive class: both models decide for the class of the "
                          "largest probability",
                          a->model);
    LeukoEvalInput first = input_of(a, positive), second = input_of(a, positive);
    second.probabilities = r->probabilities;
    if (positive >= 0)
        second.threshold = leuko_eval_result_threshold(b);
    r->paired = leuko_paired_compare(&first, &second, error);
    return r->paired != NULL;
}

LeukoCompareResult *leuko_compare_run(const char *first_model, const char *second_model,
                                      const char *data_path, const LeukoEvalOptions *options,
                                      GCancellable *cancellable, LeukoReporter reporter,
                                      GError **error)
{
    LeukoEvalOptions own = options ? *options : leuko_eval_options_default();
    if (!own.command)
        own.command = "leuko_compare_run";
    const char *const models[] = {first_model, second_model};
    g_autoptr(LeukoCompareResult) r = g_new0(LeukoCompareResult, 1);
    if (!evaluate_both(r, models, data_path, &own, cancellable, reporter, error) ||
        !compare(r, reporter, error))
        return NULL;
    return g_steal_pointer(&r);
}

/* --- reading the result --------------------------------------------------------------------- */

const LeukoEvalResult *leuko_compare_result_evaluation(const LeukoCompareResult *r, guint index)
{
    g_assert(index < 2);
    return r->evaluations[index];
}

guint leuko_compare_result_n_figures(const LeukoCompareResult *r)
{
    return r->paired->n_differences;
}

LeukoCompareFigure leuko_compare_figure_of(const LeukoDifference *d)
{
    return (LeukoCompareFigure){d->name, d->first,  d->second,  d->difference, d->low,
                                d->high, d->method, d->p_value, d->test};
}

void leuko_compare_result_figure_at(const LeukoCompareResult *r, guint index,
                                    LeukoCompareFigure *out)
{
    g_assert(index < r->paired->n_differences);
    *out = leuko_compare_figure_of(&r->paired->differences[index]);
}

gboolean leuko_compare_result_figure(const LeukoCompareResult *r, const char *name,
                                     LeukoCompareFigure *out)
{
    for (guint i = 0; i < r->paired->n_differences; i++)
        if (strcmp(r->paired->differences[i].name, name) == 0) {
            leuko_compare_result_figure_at(r, i, out);
            return TRUE;
        }
    return FALSE;
}

LeukoCompareCounts leuko_compare_result_counts(const LeukoCompareResult *r)
{
    const LeukoPaired *p = r->paired;
    return (LeukoCompareCounts){p->both, p->only_first, p->only_second, p->neither};
}

json_t *leuko_compare_figure_json(const LeukoCompareFigure *f)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s?}", "first",
                     leuko_json_real_or_null(f->first), "second",
                     leuko_json_real_or_null(f->second), "difference",
                     leuko_json_real_or_null(f->difference), "low", leuko_json_real_or_null(f->low),
                     "high", leuko_json_real_or_null(f->high), "method", f->method, "p",
                     leuko_json_real_or_null(f->p_value), "test", f->test);
}

json_t *leuko_compare_result_json(const LeukoCompareResult *r)
{
    json_t *figures = json_object();
    for (guint i = 0; i < leuko_compare_result_n_figures(r); i++) {
        LeukoCompareFigure f;
        leuko_compare_result_figure_at(r, i, &f);
        json_object_set_new(figures, f.name, leuko_compare_figure_json(&f));
    }
    const LeukoPaired *p = r->paired;
    json_t *correct =
        json_pack("{s:i, s:i, s:i, s:i}", "both", (int)p->both, "only_first", (int)p->only_first,
                  "only_second", (int)p->only_second, "neither", (int)p->neither);
    return json_pack("{s:o, s:o, s:o, s:o, s:s}", "figures", figures, "correct", correct, "first",
                     leuko_eval_result_json(r->evaluations[0]), "second",
                     leuko_eval_result_json(r->evaluations[1]), "notice", LEUKO_RESEARCH_ONLY);
}

gchar *leuko_compare_result_to_json(const LeukoCompareResult *r)
{
    g_autoptr(json_t) json = leuko_compare_result_json(r);
    return leuko_json_to_line(json);
}
