/* train/trainer-front.h: the frozen layers before the first trained block. They run as an inference
 * program; where the images never change, each image runs once and its activations are kept. */
#pragma once
#include "train/trainer-core.h"

gboolean leuko_trainer_make_front(LeukoTrainer *t, GError **error);
void leuko_trainer_clear_front(LeukoTrainer *t);
/* Forward pass of the whole network on a batch prepared by leuko_trainer_prepare().
 * indices (N): its records; dropout FALSE: none. */
gboolean leuko_trainer_forward(LeukoTrainer *t, const float *x_nchw, const guint *indices,
                               gboolean dropout, double *loss, GError **error);
