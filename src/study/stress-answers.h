/* study/stress-answers.h: the file that keeps a model's answers under one condition.
 *
 * condition-KIND-STRENGTH.json is a JSON object:
 *   1. "format" 1; "identity": of the run that it belongs to
 *   2. "probabilities" (N, K) and "scores" (N): lists of numbers as texts with 17 digits, so that a
 *      run that reads the file gives the same bytes as one that wrote it; "nan": none
 */
#pragma once
#include "eval/eval.h"
#include "image/perturb.h"

/* Errors: LEUKO_ERROR_IO. */
gboolean leuko_stress_answers_save(const char *folder, const LeukoPerturbInfo *info,
                                   double strength, const char *identity,
                                   const LeukoEvalResult *result, GError **error);
/* Read a file. *found is FALSE if there is none.
 * probabilities (n, n_classes), scores (n): filled
 * Errors: LEUKO_ERROR_DATA (of another run), LEUKO_ERROR_FORMAT, LEUKO_ERROR_IO. */
gboolean leuko_stress_answers_load(const char *folder, const LeukoPerturbInfo *info,
                                   double strength, const char *identity, guint n, guint n_classes,
                                   double *probabilities, double *scores, gboolean *found,
                                   GError **error);
/* Remove all such files. Errors: LEUKO_ERROR_IO. */
gboolean leuko_stress_answers_discard(const char *folder, GError **error);
