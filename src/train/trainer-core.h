/* train/trainer-core.h: a training in progress, shared by the files of the trainer.
 *
 * Shapes: N images per batch, K classes, S side of an image in pixels.
 */
#pragma once
#include "engine/backprop.h"
#include "engine/state.h"
#include "image/jitter.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/trainer-options.h"

typedef struct {
    LeukoDataset *training, *validation; /* borrowed; validation may be NULL */
    const LeukoStart *start;
    const LeukoTrainerOptions *options;
    const LeukoTrainEvents *events;
    LeukoReporter reporter;
    GCancellable *cancellable;

    LeukoNet *net; /* with classifier and auxiliary head */
    LeukoBackprop *backprop;
    LeukoState *front; /* the frozen layers before the first trained block; NULL: there are none */
    const char *front_endpoint;
    gsize front_values;  /* C H W: activations of one image at that endpoint */
    float **front_cache; /* (records) activations (C, H, W), where images never change; or NULL */
    float *front_batch;  /* (N, C, H, W) assembled from the cache */
    LeukoOptimizer *optimizer;
    LeukoSchedule schedule;
    guint batch, n_classes;
    guint64 steps_per_epoch, n_steps;
    LeukoJitter jitter;
    gboolean jitters;
    float *class_weights;             /* (K) or NULL */
    float *targets, *weights, *mixed; /* (N, K), (N), (N, 3, S, S) or NULL */
    guint64 *keys;                    /* (N) */
    const float **gradients;          /* (n_parameters) */
    guint8 *sha256;                   /* (records, 32) of the encoded training images */
    gchar *dataset_digest;

    /* What a checkpoint holds beside the arrays. */
    guint64 step;                          /* steps done */
    double best_loss;                      /* INFINITY: none yet */
    guint best_epoch, since_best, n_ended; /* epochs; n_ended: validated and saved */
    gint64 saved_us;                       /* when the last checkpoint was written */
} LeukoTrainer;
