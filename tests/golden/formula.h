/* Weights, batch norms and an image by formula: a 32-bit hash of (tensor, index), the same float32
 * numbers as refnetwork.py makes in Python. For tests and benches without pretrained weights. */
#pragma once
#include "net/params.h"

LeukoParams *formula_params(const LeukoNet *net); /* the whole trunk, with gamma, and a head */
float *formula_image(guint side_px);              /* (3, S, S) in [-1, 1), g_free */
