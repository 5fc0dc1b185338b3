/* Many threads ask one session at the same time, and each answer is compared with the one
 * wanted. */
#pragma once
#include "answer/session.h"

/* Calls of 1 to 3 images by each of n_threads threads. x_nchw (n_images, 3, S, S) and want
 * (n_images, K), n_images >= 3. Returns the number of calls that failed and of probabilities
 * that differ from `want` by more than `tolerance`. */
guint session_wrong_answers(LeukoSession *session, const float *x_nchw, const double *want,
                            guint n_images, guint n_threads, double tolerance);
