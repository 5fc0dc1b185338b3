/* train/trainer-core.h: the state of a training run, private to trainer*.c.
 *
 * Shapes: N images per batch, K classes, S side of an image in pixels; (C, H, W) activations of one
 * image at the endpoint before the first trained block.
 * Threads: one thread at a time.
 */
#pragma once
#include "base/lock.h"
#include "engine/backprop.h"
#include "engine/state.h"
#include "formats/training-list.h"
#include "image/jitter.h"
#include "train/features.h"
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
    LeukoSplitFeatures *kept; /* gets the features of the result; NULL: not wanted */

    LeukoNet *net; /* with classifier and, if the recipe has one, auxiliary head */
    LeukoBackprop *backprop;
    LeukoState *front; /* runs the frozen layers before the first trained block; NULL: none */
    const char *front_endpoint;
    gsize front_values;  /* C H W */
    float **front_cache; /* (records)(C, H, W) if the images never change, else NULL */
    float *front_batch;  /* (N, C, H, W) copied from the cache */
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
    LeukoTrainingList *list;          /* what the model will remember of them */
    gchar *dataset_digest, *validation_digest;
    LeukoLock *lock; /* of the run folder */

    /* A checkpoint stores these members besides the arrays. */
    guint64 step;                          /* finished steps */
    double best_loss;                      /* INFINITY before the first validation */
    guint best_epoch, since_best, n_ended; /* epochs; n_ended: epochs validated and saved */
    gint64 saved_us;                       /* time of the last checkpoint */
} LeukoTrainer;
