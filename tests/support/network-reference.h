/* The network as simple loops in double precision: the reference for every engine. */
#pragma once
#include "engine/state.h"
#include "net/params.h"

/* Inception V3 up to `endpoint`; an error fails the test. pads: average pools count padding. */
LeukoNet *reference_net(guint side_px, double depth_multiplier, const char *endpoint,
                        guint n_classes, gboolean pads);
/* 2 x multiply-accumulates of one image in inference: all convolutions but the auxiliary head's. */
guint64 reference_flop(const LeukoNet *net);

/* Every layer's output for one image x (3, S, S): an array of leuko_net_n_layers() pointers, each
 * (C, H, W). Free with reference_free(). */
double **reference_run(const LeukoNet *net, const LeukoParams *params, const float *x);
void reference_free(const LeukoNet *net, double **outputs);

/* leuko_state_run(); an error fails the test. */
void run_state(LeukoState *state, guint n, const float *x_nchw);

/* Random parameters. All batch norms have a random beta, mean and variance; every second one has a
 * random gamma. */
LeukoParams *reference_params(const LeukoNet *net, guint64 seed);
/* n values in [-1, 1). */
float *reference_images(gsize n, guint64 seed);
/* |ours - theirs| / |theirs|, L2; NaN counts as infinitely wrong. */
double reference_distance(const float *ours, const double *theirs, gsize n);
