/* answer/record.h: make answer records (leuko/answer.h) and their CSV and JSON forms. */
#pragma once
#include "formats/model.h"
#include "leuko/answer.h"

G_BEGIN_DECLS

/* A record of `file` with its ground truth, but without an answer. `model` must outlive it. */
LeukoAnswer *leuko_answer_new(const LeukoModel *model, const char *file);
/* Set probabilities (K, copied), decision and marks. threshold NAN: the decision is the class with
 * the largest probability. score: of model->typical; NAN: not measured. Probabilities that are not
 * finite become the record's error. */
void leuko_answer_decide(LeukoAnswer *answer, const LeukoModel *model, const double *probabilities,
                         double score, double threshold, double low_confidence);

void leuko_answer_append_csv_header(const LeukoModel *model, GString *csv);
void leuko_answer_append_csv(const LeukoAnswer *answer, GString *csv);
json_t *leuko_answer_json(const LeukoAnswer *answer); /* new reference */

G_END_DECLS
