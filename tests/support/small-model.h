/* A classifier that runs in milliseconds, for tests of what stands on the engine. */
#pragma once
#include "compile/gate.h"
#include "formats/model.h"

enum { SMALL_MODEL_SIDE = 75, SMALL_MODEL_K = 3 };

/* Images of 75 x 75, depth multiplier 0.25, cut at Mixed_5c, random parameters; classes blast,
 * lymphocyte and monocyte, none positive; temperature 1.5. */
LeukoModel *small_model(void);
/* The same with the classes other and blast, of which blast is positive. */
LeukoModel *small_binary_model(void);
/* A gate of n records without a model; every third label, from the first on, is 1, the others 0. */
LeukoGate *small_gate(guint n);
