/* The network by slow obvious loops, in double: what every engine is checked against. */
#pragma once
#include "net/params.h"

/* Every layer's output for one image x (3, S, S): array of leuko_net_n_layers() pointers, each
 * (C, H, W). Free with reference_free(). */
double **reference_run(const LeukoNet *net, const LeukoParams *params, const float *x);
void reference_free(const LeukoNet *net, double **outputs);

/* Random parameters whose batch norms do something: random beta, mean and variance everywhere,
 * gamma in every second layer. */
LeukoParams *reference_params(const LeukoNet *net, guint64 seed);
/* n values in [-1, 1). */
float *reference_images(gsize n, guint64 seed);
/* |ours - theirs| / |theirs|, L2; NaN counts as infinitely wrong. */
double reference_distance(const float *ours, const double *theirs, gsize n);
