#include "answer/summary.h"
#include "answer/refer.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/json.h"
#include "base/plural.h"
#include <math.h>

LeukoSummary *leuko_summary_new(const LeukoModel *model, gboolean csv, gboolean json)
{
    LeukoSummary *s = g_new0(LeukoSummary, 1);
    s->model = model;
    s->n_decided = g_new0(guint, model->spec.n_classes);
    s->json = json ? leuko_spool_new() : NULL;
    if (csv) {
        g_autoptr(GString) header = g_string_new(NULL);
        leuko_answer_append_csv_header(model, header);
        s->csv = leuko_spool_new();
        leuko_spool_append(s->csv, header->str, header->len);
    }
    return s;
}

void leuko_summary_free(LeukoSummary *s)
{
    if (!s)
        return;
    leuko_spool_free(s->csv);
    leuko_spool_free(s->json);
    g_free(s->n_decided);
    g_free(s);
}

void leuko_summary_add(LeukoSummary *s, const LeukoAnswer *a)
{
    guint known = a->truth >= 0, correct = known && a->truth == a->decision;
    if (s->csv) {
        g_autoptr(GString) row = g_string_new(NULL);
        leuko_answer_append_csv(a, row);
        leuko_spool_append(s->csv, row->str, row->len);
    }
    if (s->json) {
        g_autoptr(json_t) item = leuko_answer_json(a);
        leuko_json_append_item(s->json, item);
    }
    gint split = s->splits ? s->splits[s->n] : -1;
    s->n++;
    if (a->error) {
        s->n_unreadable++;
        return;
    }
    s->n_decided[a->decision]++;
    s->n_known += known;
    s->n_correct += correct;
    if (split >= 0) {
        s->n_split_known[split] += known;
        s->n_split_correct[split] += correct;
    }
    s->n_low += a->low ? 1 : 0;
    s->n_low_known += a->low ? known : 0;
    s->n_low_correct += a->low ? correct : 0;
    s->n_refer += a->refer ? 1 : 0;
    s->n_refer_by[a->refer_reason]++;
    if (isfinite(a->distance)) {
        s->n_scores++;
        s->sum_scores += log(MAX(a->distance, 1e-30));
    }
}

gchar *leuko_summary_warning(const LeukoSummary *s)
{
    return s->n_scores > 0
               ? leuko_refer_drift_text(s->model, s->sum_scores / s->n_scores, s->n_scores, 0)
               : NULL;
}

/* How many images are referred, and why. */
static void describe_referred(const LeukoSummary *s, guint n_read, GString *text)
{
    guint n_class = s->n_refer_by[LEUKO_REFER_CLASS], n_unlike = s->n_refer_by[LEUKO_REFER_UNLIKE];
    if (s->n_refer_by[LEUKO_REFER_BAND] > 0)
        g_string_append_printf(text,
                               "%u of %u %s %s in the model's refer band, %g to %g: a person "
                               "must decide (REFER)\n",
                               s->n_refer_by[LEUKO_REFER_BAND], n_read,
                               LEUKO_PLURAL(n_read, "image"),
                               leuko_plural(s->n_refer_by[LEUKO_REFER_BAND], "is", "are"),
                               s->model->refer_low, s->model->refer_high);
    if (n_class > 0)
        g_string_append_printf(text,
                               "%u of %u %s %s another class that cannot be ruled out (bound on "
                               "misses %g of %s images): a person must decide (REFER)\n",
                               n_class, n_read, LEUKO_PLURAL(n_read, "image"),
                               leuko_plural(n_class, "has", "have"), s->model->referral->miss_bound,
                               s->model->referral->of_all ? "all" : "answered");
    if (n_unlike > 0)
        g_string_append_printf(text,
                               "%u of %u %s %s unlike the training images: a person must decide "
                               "(REFER)\n",
                               n_unlike, n_read, LEUKO_PLURAL(n_read, "image"),
                               leuko_plural(n_unlike, "is", "are"));
}

/* What is known of some images only, and of each split. */
static void describe_truth(const LeukoSummary *s, guint n_read, GString *text)
{
    if (s->n_known > 0 && s->n_known < n_read)
        g_string_append_printf(
            text, "The true class of %u of %u images is known: %u correct, %u incorrect\n",
            s->n_known, n_read, s->n_correct, s->n_known - s->n_correct);
    for (guint k = 0; k < LEUKO_N_SPLITS; k++)
        if (s->n_split_known[k] > 0)
            g_string_append_printf(text, "%s folders: %u correct, %u incorrect\n",
                                   leuko_split_name((LeukoSplit)k), s->n_split_correct[k],
                                   s->n_split_known[k] - s->n_split_correct[k]);
}

gchar *leuko_summary_to_text(const LeukoSummary *s)
{
    guint n_read = s->n - s->n_unreadable;
    GString *text = g_string_new(NULL);
    describe_referred(s, n_read, text);
    describe_truth(s, n_read, text);
    if (s->n_known == n_read && n_read > 0) {
        g_string_append_printf(text,
                               "Testing ended. %u correct, %u incorrect, %u low confidence: (%u "
                               "correct, %u incorrect)",
                               s->n_correct, s->n_known - s->n_correct, s->n_low, s->n_low_correct,
                               s->n_low_known - s->n_low_correct);
        return g_string_free(text, FALSE);
    }
    g_string_append_printf(text, "Classifying ended. %u %s: ", n_read,
                           LEUKO_PLURAL(n_read, "image"));
    for (guint k = 0; k < s->model->spec.n_classes; k++) {
        g_autofree gchar *name = leuko_one_line(s->model->classes[k]);
        g_string_append_printf(text, "%s%u %s", k ? ", " : "", s->n_decided[k], name);
    }
    g_string_append_printf(text, ", %u low confidence", s->n_low);
    return g_string_free(text, FALSE);
}

static gboolean write_text(const char *text, gsize n_bytes, gpointer file, GError **error)
{
    return leuko_durable_write(file, text, n_bytes, error);
}

static gboolean save_csv(const LeukoSummary *s, const char *path, GError **error)
{
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    return file && leuko_spool_read(s->csv, write_text, file, error) &&
           leuko_durable_commit(file, error);
}

gboolean leuko_summary_save(const LeukoSummary *s, const char *csv_path, const char *json_path,
                            GError **error)
{
    if (csv_path && !save_csv(s, csv_path, error))
        return FALSE;
    if (!json_path)
        return TRUE;
    g_autofree gchar *warning = leuko_summary_warning(s);
    json_t *warnings = json_array();
    if (warning)
        json_array_append_new(warnings, leuko_json_text(warning));
    g_autoptr(json_t) counts =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "images", (int)s->n, "unreadable",
                  (int)s->n_unreadable, "known", (int)s->n_known, "correct", (int)s->n_correct,
                  "low", (int)s->n_low, "refer", (int)s->n_refer, "warnings", warnings);
    g_autoptr(json_t) notice = json_pack("{s:s}", "notice", LEUKO_RESEARCH_ONLY);
    return leuko_json_save_list(counts, "answers", s->json, notice, json_path, error);
}
