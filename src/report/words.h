/* report/words.h: the figures of a report in sentences. */
#pragma once
#include "eval/eval.h"

G_BEGIN_DECLS

/* "0.942 (95 % interval 0.910 to 0.963)"; "not defined"; without an interval only the value.
 * g_free. */
gchar *leuko_figure_text(const LeukoMetric *metric);

/* Append the sentences to a JSON array of strings. */

/* "240 images of 12 groups (120 blast, 120 lymphocyte)". g_free. */
gchar *leuko_counts_text(const LeukoEvaluation *evaluation);
/* The main figures, and why there are no intervals where there are none. */
void leuko_figures_in_words(json_t *sentences, const LeukoEvaluation *evaluation);
void leuko_patients_in_words(json_t *sentences, const LeukoPatientFigures *patients);
void leuko_selective_in_words(json_t *sentences, const LeukoSelective *selective);
/* What limits the figures: guessing, few groups, no groups, the use of the test split.
 * use: NULL: no test split of shards. */
void leuko_cautions_in_words(json_t *sentences, const LeukoEvaluation *evaluation,
                             const LeukoLedgerUse *use);
/* The same of an evaluation, with its warnings; which: put before each, such as "first model: ". */
void leuko_eval_cautions_in_words(json_t *sentences, const LeukoEvalResult *result,
                                  const char *which);

/* Append one sentence, which may quote names. */
void leuko_say(json_t *sentences, const char *format, ...) G_GNUC_PRINTF(2, 3);

G_END_DECLS
