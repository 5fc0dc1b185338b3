/* train/trainer-model.h: makes the model of the current step and validates it. */
#pragma once
#include "formats/model.h"
#include "train/provenance.h"
#include "train/threshold.h"
#include "train/trainer-core.h"

typedef struct {
    double loss, accuracy;    /* NAN without a validation split */
    LeukoDecisionRules rules; /* 0.5 and NAN without one */
} LeukoTrainerFigures;

/* Make and validate the model of the current step, with averaged weights and newly estimated
 * statistics. The state of the run does not change. */
LeukoModel *leuko_trainer_model(LeukoTrainer *t, LeukoTrainerFigures *figures, GError **error);
/* Compute the figures of a model on the validation split. */
gboolean leuko_trainer_validate(LeukoTrainer *t, const LeukoModel *m, LeukoTrainerFigures *figures,
                                GError **error);
LeukoProvenanceInput leuko_trainer_provenance(const LeukoTrainer *t);
void leuko_trainer_add_provenance(const LeukoTrainer *t, LeukoModel *model,
                                  const LeukoTrainReport *report);
