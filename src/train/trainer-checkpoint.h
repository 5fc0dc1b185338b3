/* train/trainer-checkpoint.h: a training in progress, to and from last.checkpoint. */
#pragma once
#include "train/trainer-core.h"

gboolean leuko_trainer_save(LeukoTrainer *t, GError **error);
/* FALSE without an error: there is no checkpoint. */
gboolean leuko_trainer_restore(LeukoTrainer *t, GError **error);
gchar *leuko_trainer_file(const LeukoTrainer *t, const char *name); /* path in the run folder */
