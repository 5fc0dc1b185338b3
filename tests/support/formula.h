/* Weights and images by formula, for tests and benches without pretrained weights.
 * formula_params() and formula_input() hash (tensor, index) to 32 bits; tests/golden/refnetwork.py
 * makes the same float32 numbers. */
#pragma once
#include "leuko/image.h"
#include "net/params.h"

LeukoParams *formula_params(const LeukoNet *net); /* the whole network, with gamma, and a head */
float *formula_input(guint side_px);              /* (3, S, S) in [-1, 1), free with g_free() */
/* An RGB8 image; tests/golden/test-augment-cv2.py and make-preprocess-values.py make the same. */
LeukoImage *formula_image(guint width, guint height);
