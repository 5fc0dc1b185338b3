/* train/trainer-batches.h: the images of an epoch: their order, jitter and mixup. */
#pragma once
#include "data/loader.h"
#include "train/trainer-core.h"

typedef struct {
    guint *indices;    /* (n) indices in the training split */
    guint *occurrence; /* (n): how often the record appeared earlier in this epoch */
    gsize n;
} LeukoEpochOrder;
/* The images of an epoch (from 0), drawn by seed and epoch. */
LeukoEpochOrder leuko_trainer_order(const LeukoTrainer *t, guint64 epoch);
void leuko_trainer_order_clear(LeukoEpochOrder *order);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoEpochOrder, leuko_trainer_order_clear)

typedef struct {
    const LeukoTrainer *trainer;
    const LeukoEpochOrder *order;
    guint64 epoch;
    gsize first; /* index in `order` of the loader's first image */
} LeukoEpochImages;
/* A loader of the images from `first` to the end of the epoch. `images` must outlive it. */
LeukoLoader *leuko_trainer_loader(LeukoEpochImages *images, gboolean jitter, GError **error);
/* Set targets, weights and keys of a batch; mix the images if the recipe has mixup. Returns the
 * images to train on, x_nchw (N, 3, S, S), borrowed. */
const float *leuko_trainer_prepare(LeukoTrainer *t, const LeukoBatch *batch,
                                   const LeukoEpochImages *images);
