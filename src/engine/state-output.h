/* engine/state-output.h: the results of a run, taken from the tensors of a position. */
#pragma once
#include "engine/state-parts.h"

/* Row `image` of the features: the spatial mean of the endpoint. */
void leuko_state_take_mean(LeukoState *state, guint position, guint image);
/* Row `image` of every kept layer, as float32 (C, H, W). */
void leuko_state_take_kept(LeukoState *state, guint position, guint image);
/* Logits and probabilities from the features of n images. */
gboolean leuko_state_classify(LeukoState *state, guint n, GError **error);
