#include "answer/record.h"
#include "answer/refer.h"
#include "answer/truth.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/json.h"
#include "data/naming.h"
#include "stats/decide.h"
#include <math.h>

/* The ground truth: the class with the name of the file's folder, else the digit in ALL-IDB's file
 * names (1 = positive, 0 = negative), else -1. */
static gint truth_of(const LeukoModel *m, const char *file)
{
    g_autofree gchar *folder = g_path_get_dirname(file), *name = g_path_get_basename(folder);
    gint named = leuko_model_find_class(m, name);
    return named >= 0 ? named : leuko_truth_by_digit(m, leuko_naming_truth(file));
}

LeukoAnswer *leuko_answer_new(const LeukoModel *model, const char *file)
{
    LeukoAnswer *a = g_new0(LeukoAnswer, 1);
    a->file = g_strdup(file);
    a->n_classes = model->spec.n_classes;
    a->classes = (const gchar *const *)model->classes;
    a->decision = a->rival = -1;
    a->distance = NAN;
    a->truth = truth_of(model, file);
    return a;
}

void leuko_answer_decide(LeukoAnswer *a, const LeukoModel *m, const double *probabilities,
                         double score, double threshold, double low_confidence)
{
    a->decision = leuko_decide(probabilities, a->n_classes, m->positive, threshold);
    if (a->decision < 0) {
        a->error = g_error_new(LEUKO_ERROR, LEUKO_ERROR_DATA,
                               "%s: the network's outputs are not finite numbers, so there is no "
                               "answer",
                               a->file);
        return;
    }
    a->probabilities = g_memdup2(probabilities, a->n_classes * sizeof *probabilities);
    a->confidence = probabilities[a->decision];
    a->low = a->confidence < low_confidence;
    a->distance = exp(score);
    a->refer_reason = leuko_refer(m, probabilities, a->decision, score, &a->rival);
    a->refer = a->refer_reason != LEUKO_REFER_NONE;
}

void leuko_answer_free(LeukoAnswer *a)
{
    if (!a)
        return;
    g_free(a->file);
    g_free(a->probabilities);
    g_clear_error(&a->error);
    g_free(a);
}

static const char *class_or(const LeukoAnswer *a, gint index, const char *none)
{
    return index >= 0 ? a->classes[index] : none;
}

const char *leuko_answer_class(const LeukoAnswer *a) { return class_or(a, a->decision, NULL); }

gchar *leuko_answer_refer_text(const LeukoAnswer *a)
{
    switch (a->refer_reason) {
    case LEUKO_REFER_UNLIKE:
        return g_strdup("unlike the training images");
    case LEUKO_REFER_CLASS:
        return g_strdup_printf("%s cannot be ruled out", a->classes[a->rival]);
    case LEUKO_REFER_BAND:
        return g_strdup("in the model's refer band");
    case LEUKO_REFER_NONE:
        break;
    }
    return NULL;
}

/* " REFER (why)", " LOW" or "". g_free. */
static gchar *mark_of(const LeukoAnswer *a)
{
    g_autofree gchar *why = leuko_answer_refer_text(a);
    g_autofree gchar *shown = why ? leuko_one_line(why) : NULL;
    return shown ? g_strdup_printf(" REFER (%s)", shown) : g_strdup(a->low ? " LOW" : "");
}

gchar *leuko_answer_to_line(const LeukoAnswer *a)
{
    if (a->error)
        return leuko_one_line(a->error->message);
    const char *right = a->truth < 0 ? "" : a->truth == a->decision ? " (correct)" : " (incorrect)";
    g_autofree gchar *file = leuko_one_line(a->file),
                     *decision = leuko_one_line(leuko_answer_class(a)), *mark = mark_of(a);
    return g_strdup_printf("%s: %s%s, confidence %.3f%s, %.3f s", file, decision, right,
                           a->confidence, mark, a->seconds);
}

void leuko_answer_append_csv_header(const LeukoModel *m, GString *csv)
{
    g_string_append(csv, "file,truth,class,confidence,mark,reason,error");
    for (guint k = 0; k < m->spec.n_classes; k++) {
        g_autofree gchar *name = g_strdup_printf("p(%s)", m->classes[k]);
        leuko_csv_append(csv, name);
    }
    leuko_csv_end_row(csv);
}

/* Append a number; the field of an unreadable image stays empty. */
static void append_probability(GString *csv, const LeukoAnswer *a, double value)
{
    gchar number[32];
    leuko_csv_append(csv, a->error ? "" : g_ascii_formatd(number, sizeof number, "%.6f", value));
}

void leuko_answer_append_csv(const LeukoAnswer *a, GString *csv)
{
    leuko_csv_append(csv, a->file);
    leuko_csv_append(csv, class_or(a, a->truth, ""));
    leuko_csv_append(csv, class_or(a, a->decision, ""));
    append_probability(csv, a, a->confidence);
    leuko_csv_append(csv, a->refer ? "refer" : a->low ? "low" : "");
    g_autofree gchar *why = leuko_answer_refer_text(a);
    leuko_csv_append(csv, why ? why : "");
    leuko_csv_append(csv, a->error ? a->error->message : "");
    for (guint k = 0; k < a->n_classes; k++)
        append_probability(csv, a, a->error ? 0 : a->probabilities[k]);
    leuko_csv_end_row(csv);
}

gchar *leuko_answer_to_csv(const LeukoAnswer *a)
{
    GString *csv = g_string_new(NULL);
    leuko_answer_append_csv(a, csv);
    return g_string_free(csv, FALSE);
}

json_t *leuko_answer_json(const LeukoAnswer *a)
{
    json_t *one = json_pack("{s:o}", "file", leuko_json_text(a->file));
    if (a->error) {
        json_object_set_new(one, "error", leuko_json_text(a->error->message));
        return one;
    }
    json_t *probabilities = json_object();
    for (guint k = 0; k < a->n_classes; k++)
        json_object_set_new(probabilities, a->classes[k], json_real(a->probabilities[k]));
    json_object_set_new(one, "class", json_string(leuko_answer_class(a)));
    json_object_set_new(one, "truth",
                        a->truth >= 0 ? json_string(a->classes[a->truth]) : json_null());
    json_object_set_new(one, "confidence", json_real(a->confidence));
    json_object_set_new(one, "low", json_boolean(a->low));
    json_object_set_new(one, "refer", json_boolean(a->refer));
    g_autofree gchar *why = leuko_answer_refer_text(a);
    json_object_set_new(one, "reason", why ? leuko_json_text(why) : json_null());
    json_object_set_new(one, "distance", leuko_json_real_or_null(a->distance));
    json_object_set_new(one, "probabilities", probabilities);
    json_object_set_new(one, "seconds", json_real(a->seconds));
    return one;
}

gchar *leuko_answer_to_json(const LeukoAnswer *a)
{
    g_autoptr(json_t) one = leuko_answer_json(a);
    return leuko_json_to_line(one);
}
