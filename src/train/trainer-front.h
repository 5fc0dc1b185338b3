/* train/trainer-front.h: runs the frozen layers before the first trained block as an inference
 * program. If the images never change (no jitter, no mixup), each image runs once and its
 * activations are kept. */
#pragma once
#include "train/trainer-core.h"

/* Make t->front, unless all layers are trained. Errors: those of leuko_program_new(). */
gboolean leuko_trainer_make_front(LeukoTrainer *t, GError **error);
void leuko_trainer_clear_front(LeukoTrainer *t);
/* Run the forward pass of the whole network on a batch that leuko_trainer_prepare() has prepared.
 * indices  (N) records of the batch
 * dropout  FALSE: no dropout
 * Errors: those of leuko_state_run() and leuko_backprop_forward(). */
gboolean leuko_trainer_forward(LeukoTrainer *t, const float *x_nchw, const guint *indices,
                               gboolean dropout, double *loss, GError **error);
