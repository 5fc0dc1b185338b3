/* train/trainer-checkpoint.h: saves and restores a training run (last.checkpoint). */
#pragma once
#include "train/trainer-core.h"

/* Name of the checkpoint in the run folder. */
#define LEUKO_LAST_CHECKPOINT "last.checkpoint"

/* Errors: those of leuko_checkpoint_save(). */
gboolean leuko_trainer_save(LeukoTrainer *t, GError **error);
/* Restore the run from its checkpoint. FALSE without an error: there is no checkpoint. Errors:
 * those of leuko_checkpoint_load(). */
gboolean leuko_trainer_restore(LeukoTrainer *t, GError **error);
gchar *leuko_trainer_file(const LeukoTrainer *t,
                          const char *name); /* path in the run folder, g_free */
