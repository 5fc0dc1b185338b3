/* train/trainer-checkpoint.h: saves and restores a training run (last.checkpoint). */
#pragma once
#include "train/trainer-core.h"

/* Names in the run folder: the checkpoint, and the model with the smallest validation loss. */
#define LEUKO_LAST_CHECKPOINT "last.checkpoint"
#define LEUKO_BEST_MODEL      "best.safetensors"

/* Errors: those of leuko_checkpoint_save(). */
gboolean leuko_trainer_save(LeukoTrainer *t, GError **error);
/* Restore the run from its checkpoint. FALSE without an error: there is no checkpoint.
 * Another number of epochs is accepted if the learning rate of every finished step is the same with
 * it: with a constant or staircase schedule always, with a cosine schedule only during the warm-up.
 * The run then equals an unbroken run of that number of epochs. Another number of threads is
 * reported in a line of the log. Any other difference goes to options->differs.
 * Errors: LEUKO_ERROR_DATA (the settings differ; the message names them); those of
 * leuko_checkpoint_read_tensors(). */
gboolean leuko_trainer_restore(LeukoTrainer *t, GError **error);

/* Refuse a run folder with a checkpoint unless the caller resumes it (`resume`) or discards it
 * (`restart`). Errors: LEUKO_ERROR_ARGUMENT: there is one; the message has its step and epoch. */
gboolean leuko_trainer_check_folder(const char *run_folder, gboolean resume, gboolean restart,
                                    GError **error);
/* Remove the checkpoint and the best model of an earlier run. Errors: LEUKO_ERROR_IO. */
gboolean leuko_trainer_discard(const LeukoTrainer *t, GError **error);

gchar *leuko_trainer_file(const LeukoTrainer *t,
                          const char *name); /* path in the run folder, g_free */
