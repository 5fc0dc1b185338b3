/* train/trainer-model.h: the model that a training has reached, and its validation figures. */
#pragma once
#include "formats/model.h"
#include "train/trainer-core.h"

typedef struct {
    double loss, accuracy, threshold; /* NAN, NAN, 0.5 without a validation split */
} LeukoTrainerFigures;

/* The model that would be written now, with averaged weights and re-estimated statistics. The
 * training itself does not change. */
LeukoModel *leuko_trainer_model(LeukoTrainer *t, LeukoTrainerFigures *figures, GError **error);
/* The figures of a model on the validation split. */
gboolean leuko_trainer_validate(LeukoTrainer *t, const LeukoModel *m, LeukoTrainerFigures *figures,
                                GError **error);
void leuko_trainer_add_provenance(const LeukoTrainer *t, LeukoModel *model,
                                  const LeukoTrainReport *report);
