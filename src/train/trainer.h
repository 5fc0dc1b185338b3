/* train/trainer.h: trains a network, or its layers from an endpoint on, by a recipe.
 *
 * leuko_train_network() (leuko/train.h) opens the data set, calls this module and writes the model.
 *
 * A run can be resumed after every step. Every random draw (order, jitter, dropout, mixup) depends
 * on seed, epoch or step, and record only. A run that was killed and resumed therefore gives the
 * same bytes as an uninterrupted run, on the same build, processor and number of threads.
 *
 * The run folder holds last.checkpoint (everything that a resumed run needs) and best.safetensors
 * (the model with the smallest validation loss so far). Validation and the written model use the
 * averaged weights if the recipe keeps an average. If batch norm is trained, its statistics are
 * first estimated anew on training images without jitter.
 */
#pragma once
#include "formats/model.h"
#include "train/features.h"
#include "train/trainer-options.h"

G_BEGIN_DECLS

/* Train and return the model that the recipe exports.
 * validation  NULL: none
 * kept        gets the features of the validation split by this model, one view and the precision
 *             of the options; NULL: not wanted
 * Errors  LEUKO_ERROR_CANCELLED  last.checkpoint is written
 *         LEUKO_ERROR_DATA       as leuko_train_check_classes(); a loss or gradient is not finite
 *                                (step and layer are named; the last checkpoint remains valid);
 *                                weights with folded batch norm; a checkpoint of another run
 *         LEUKO_ERROR_ARGUMENT   the recipe does not match the network
 *         LEUKO_ERROR_IO
 *         the error of an event function; last.checkpoint is written */
LeukoModel *leuko_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                              const LeukoStart *start, const LeukoTrainerOptions *options,
                              const LeukoTrainEvents *events, LeukoSplitFeatures *kept,
                              LeukoTrainReport *report, LeukoReporter reporter,
                              GCancellable *cancellable, GError **error);

G_END_DECLS
