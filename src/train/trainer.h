/* train/trainer.h: train any part of a network by a recipe, resumable at every step.
 *
 * leuko_train_network() (leuko/train.h) is the whole job; this is its part after the data are open.
 *
 * Every random draw (order, jitter, dropout, mixup) is keyed by seed, epoch and record. So a run
 * that was killed and resumed ends in the same bytes as an uninterrupted one, on the same build,
 * processor and number of threads.
 *
 * The run folder holds last.checkpoint (everything that a resumed run needs) and best.safetensors
 * (the model with the smallest validation loss so far). Validation and the written model use the
 * averaged weights where the recipe keeps an average. Trained batch norm: its statistics are first
 * re-estimated on training images without jitter.
 */
#pragma once
#include "formats/model.h"
#include "train/trainer-options.h"

G_BEGIN_DECLS

/* validation  NULL: none
 * Errors  LEUKO_ERROR_CANCELLED  last.checkpoint is written
 *         LEUKO_ERROR_DATA       as leuko_train_check_classes(); a loss or gradient is not finite
 *                                (step and layer are named; the last checkpoint remains valid);
 *                                weights with folded batch norm; a checkpoint of another training
 *         LEUKO_ERROR_ARGUMENT   the recipe does not match the network
 *         LEUKO_ERROR_IO
 *         the error of an event; last.checkpoint is written */
LeukoModel *leuko_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                              const LeukoStart *start, const LeukoTrainerOptions *options,
                              const LeukoTrainEvents *events, LeukoTrainReport *report,
                              LeukoReporter reporter, GCancellable *cancellable, GError **error);

G_END_DECLS
