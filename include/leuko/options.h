/* leuko/options.h: how a model is run: numbers, memory, threads, threshold.
 */
#pragma once
#include "leuko/precision.h"
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_DEVICE_CPU,
    LEUKO_DEVICE_NCS, /* Intel's Neural Compute Stick, through libmvnc (NCSDK v1) */
} LeukoDevice;

/* Start from leuko_classifier_options_default() and change what you need: later versions may add
 * members. */
typedef struct {
    LeukoPrecision precision; /* of models: fp32, bf16 or LEUKO_PRECISION_AUTO; a compiled graph and
                                 the stick have their own */
    guint batch;           /* images of one run of the network, 1 to 256; larger calls run several
                                 times. A run with fewer images than threads is slower if the
                                 batch is not as small. */
    guint n_threads;       /* threads of each call, at most 1024; 0: processors / n_calls */
    guint n_calls;         /* calls that run at the same time, at most 256; further calls wait.
                                 Each needs memory for its activations. 0: one per processor */
    double threshold;      /* probability, between 0 and 1, at or above which the positive class is
                                 predicted; NAN: the model's own */
    double low_confidence; /* an answer with less confidence is marked low, 0 to 1; the mark
                                 changes no decision */
    LeukoDevice device;
    guint n_views; /* orientations of an image whose answers are averaged: 1, 2, 4 or 8; 0: the
                      model's, for which its temperature and threshold were chosen */
} LeukoClassifierOptions;

/* LEUKO_PRECISION_AUTO, batch 1, all processors, one call at a time, the model's threshold, low
 * below 0.8, CPU, the model's views. */
LeukoClassifierOptions leuko_classifier_options_default(void);

G_END_DECLS
