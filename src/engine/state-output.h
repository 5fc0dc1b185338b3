/* engine/state-output.h: computes the results of a run from the tensors of a position. */
#pragma once
#include "engine/state-parts.h"

/* Set row `image` of the features: the spatial mean of the endpoint. */
void leuko_state_take_mean(LeukoState *state, guint position, guint image);
/* Set row `image` of every kept layer, as float32 (C, H, W). */
void leuko_state_take_kept(LeukoState *state, guint position, guint image);
/* Compute logits and probabilities from the features of n images. Errors: those of
 * leuko_dnnl_ok(). */
gboolean leuko_state_classify(LeukoState *state, guint n, GError **error);
