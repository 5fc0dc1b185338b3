/* answer/summary.h: the answers of many images: counts, a CSV table and a JSON document.
 *
 * Threads: one summary, one thread at a time.
 */
#pragma once
#include "answer/record.h"
#include "base/spool.h"
#include "leuko/split.h"

G_BEGIN_DECLS

typedef struct {
    const LeukoModel *model;                 /* borrowed */
    guint n, n_unreadable;                   /* images, and how many of them are unreadable */
    guint n_known, n_correct;                /* images with known truth, correct ones of them */
    guint n_low, n_low_known, n_low_correct; /* the same of images marked low */
    guint n_refer, n_refer_by[LEUKO_REFER_BAND + 1]; /* by LeukoReferReason */
    guint n_scores;
    double sum_scores;  /* of model->typical */
    guint *n_decided;   /* (K) */
    const gint *splits; /* borrowed, by the number of the image: its LeukoSplit or -1; or NULL */
    guint n_split_known[LEUKO_N_SPLITS], n_split_correct[LEUKO_N_SPLITS];
    LeukoSpool *csv, *json; /* the answers' rows and items; NULL: not kept */
} LeukoSummary;

/* csv: also keep the answers as a CSV table. json: also keep them as JSON. Memory: some megabytes
 * for any number of answers. */
LeukoSummary *leuko_summary_new(const LeukoModel *model, gboolean csv, gboolean json);
void leuko_summary_free(LeukoSummary *summary); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoSummary, leuko_summary_free)

void leuko_summary_add(LeukoSummary *summary, const LeukoAnswer *answer);

/* The counts for a person, without the last newline; g_free. If the truth of every image is known,
 * the last line has the form of the original program. */
gchar *leuko_summary_to_text(const LeukoSummary *summary);
/* What a person should know about all images together: leuko_refer_drift_text(). g_free, or
 * NULL. */
gchar *leuko_summary_warning(const LeukoSummary *summary);
/* Write the CSV table and the JSON document, each whole or not at all. A path may be NULL;
 * json_path "-" is standard output. Errors: LEUKO_ERROR_IO.
 * JSON: {"images", "unreadable", "known", "correct", "low", "refer", "warnings": [...],
 * "answers": [...], "notice"}. */
gboolean leuko_summary_save(const LeukoSummary *summary, const char *csv_path,
                            const char *json_path, GError **error);

G_END_DECLS
