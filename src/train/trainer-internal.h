/* train/trainer-internal.h: what the files of the trainer share. */
#pragma once
#include "data/loader.h"
#include "engine/training.h"
#include "image/jitter.h"
#include "train/checkpoint.h"
#include "train/trainer.h"

typedef struct {
    LeukoDataset *training, *validation; /* borrowed; validation may be NULL */
    const LeukoStart *start;
    const LeukoTrainerOptions *options;
    const LeukoTrainerEvents *events;
    LeukoReporter reporter;
    GCancellable *cancellable;

    LeukoNet *net; /* with classifier and auxiliary head */
    LeukoTraining *plan;
    LeukoPlan *front; /* in front of the first trained block, or NULL */
    const char *front_endpoint;
    gsize front_values;  /* of one image's activations there */
    float **front_cache; /* (records) of activations, where images never change; or NULL */
    float *front_batch;  /* (N, C, H, W) put together from the cache */
    LeukoOptimizer *optimizer;
    LeukoSchedule schedule;
    guint batch, n_classes;
    guint64 steps_per_epoch, n_steps;
    LeukoJitter jitter;
    gboolean jitters;
    float *class_weights;             /* (K) or NULL */
    float *targets, *weights, *mixed; /* (N, K), (N), (N, 3, S, S) or NULL */
    guint64 *keys;                    /* (N) */
    const float **gradients;          /* (n_slots) */
    gchar *dataset_digest;

    /* The state that a checkpoint holds beside the arrays. */
    guint64 step;                          /* done */
    double best_loss;                      /* INFINITY: none yet */
    guint best_epoch, since_best, n_ended; /* epochs: n_ended are validated and saved */
    gint64 saved_us;                       /* when the last checkpoint was written */
} LeukoTrainer;

/* trainer_batches.c */
typedef struct {
    guint *indices;    /* (n) into the training part */
    guint *occurrence; /* (n): how often the record stood before in this epoch */
    gsize n;
} LeukoEpochOrder;
/* The images of an epoch (from 0), by seed. */
LeukoEpochOrder leuko_trainer_order(const LeukoTrainer *t, guint64 epoch);
void leuko_trainer_order_clear(LeukoEpochOrder *order);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoEpochOrder, leuko_trainer_order_clear)
typedef struct {
    const LeukoTrainer *trainer;
    const LeukoEpochOrder *order;
    guint64 epoch;
    gsize first; /* place in the order of the loader's first image */
} LeukoEpochImages;
/* A loader over the rest of an epoch; `images` is kept by the caller while it lives. */
LeukoLoader *leuko_trainer_loader(LeukoEpochImages *images, gboolean jitter, GError **error);
/* Targets, weights and keys of a batch; mixes the images where the recipe says. Returns the x to
 * train on. */
const float *leuko_trainer_prepare(LeukoTrainer *t, const LeukoBatch *batch,
                                   const LeukoEpochImages *images);

/* trainer_state.c */
gboolean leuko_trainer_save(LeukoTrainer *t, GError **error);
/* FALSE without error: no checkpoint there. */
gboolean leuko_trainer_restore(LeukoTrainer *t, GError **error);
gchar *leuko_trainer_file(const LeukoTrainer *t, const char *name); /* in the run folder */

/* trainer_model.c */
typedef struct {
    double loss, accuracy, threshold;
} LeukoTrainerFigures;
/* The model as it would be exported now. *figures: of the validation part (NAN without). */
LeukoModel *leuko_trainer_model(LeukoTrainer *t, LeukoTrainerFigures *figures, GError **error);
/* The figures of a model on the validation part. */
gboolean leuko_trainer_validate(LeukoTrainer *t, const LeukoModel *m, LeukoTrainerFigures *figures,
                                GError **error);
/* Where a model comes from. */
gboolean leuko_trainer_add_provenance(const LeukoTrainer *t, LeukoModel *model,
                                      const LeukoTrainerReport *report, GError **error);

/* trainer_front.c: the network in front of the first trained block. */
gboolean leuko_trainer_make_front(LeukoTrainer *t, GError **error);
void leuko_trainer_clear_front(LeukoTrainer *t);
/* The network on a batch prepared by leuko_trainer_prepare(). indices (N): its records. */
gboolean leuko_trainer_forward(LeukoTrainer *t, const float *x_nchw, const guint *indices,
                               gboolean dropout, double *loss, GError **error);
