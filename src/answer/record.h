/* answer/record.h: makes answer records (leuko/answer.h) and appends their CSV and JSON forms. */
#pragma once
#include "formats/model.h"
#include "leuko/answer.h"

G_BEGIN_DECLS

/* A record of `file` without an answer yet: its truth is filled in. `model` must outlive it. */
LeukoAnswer *leuko_answer_new(const LeukoModel *model, const char *file);
/* Copy probabilities (K); decide by `threshold` (NAN: the largest probability), set the marks. */
void leuko_answer_decide(LeukoAnswer *answer, const LeukoModel *model, const double *probabilities,
                         double threshold, double low_confidence);

void leuko_answer_append_csv_header(const LeukoModel *model, GString *csv);
void leuko_answer_append_csv(const LeukoAnswer *answer, GString *csv);
json_t *leuko_answer_json(const LeukoAnswer *answer); /* new reference */

G_END_DECLS
