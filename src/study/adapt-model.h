/* study/adapt-model.h: makes the adapted model. */
#pragma once
#include "study/adapt-fit.h"

/* The model with the fit's head, colors and decision; the lists of training images are those of the
 * given model and of the laboratory.
 * fit     with its head, of all records
 * report  object, recorded as "adaptation" in the provenance; borrowed
 * Errors: LEUKO_ERROR_MEMORY; those of leuko_provenance_list(). */
LeukoModel *leuko_adapt_model_new(const LeukoAdaptLab *lab, const LeukoAdaptFit *fit,
                                  json_t *report, LeukoReporter reporter, GCancellable *cancellable,
                                  GError **error);
