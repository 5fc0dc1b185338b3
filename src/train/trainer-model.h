/* train/trainer-model.h: makes the model of the current step and validates it. */
#pragma once
#include "formats/model.h"
#include "train/decision.h"
#include "train/provenance.h"
#include "train/trainer-core.h"

/* Make and validate the model of the current step, with averaged weights and newly estimated
 * statistics. The state of the run does not change.
 * last  as for leuko_trainer_validate() */
LeukoModel *leuko_trainer_model(LeukoTrainer *t, gboolean last, LeukoDecisionFigures *figures,
                                GError **error);
/* Fit on the validation split how a model decides (train/decision.h), and measure it there. Without
 * one the threshold is 0.5 and the figures are NAN.
 * last  the model is the run's result: a threshold that cannot be chosen by the rule is an error */
gboolean leuko_trainer_validate(LeukoTrainer *t, LeukoModel *m, gboolean last,
                                LeukoDecisionFigures *figures, GError **error);
LeukoProvenanceInput leuko_trainer_provenance(const LeukoTrainer *t);
void leuko_trainer_add_provenance(const LeukoTrainer *t, LeukoModel *model,
                                  const LeukoTrainReport *report);
