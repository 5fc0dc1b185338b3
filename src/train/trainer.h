/* train/trainer.h: training any part of a network, by a recipe, resumable at any moment.
 *
 * Reads the training and validation parts only, never the test part. Everything drawn (order, jitter,
 * dropout, mixup) is keyed by seed, epoch and record, so a run that was killed and resumed ends in
 * the same bytes as an unbroken one, on the same build, processor and number of threads.
 *
 * The run folder holds last.checkpoint (the whole state) and best.safetensors (the model of the lowest
 * validation loss so far). Validation and export use the averaged weights where the recipe keeps an
 * average; with trained batch norm their statistics are first re-estimated on training images as they
 * are, without jitter.
 */
#pragma once
#include "formats/model.h"
#include "train/features.h"
#include "train/recipe.h"

G_BEGIN_DECLS

typedef struct {
    guint64 step;                /* steps done, from 1 */
    guint epoch;                 /* under way, from 1 */
    double loss, accuracy, rate; /* of this step: the loss as trained, share of right decisions */
    double gradient_norm;
    double images_per_s; /* since the last step */
} LeukoTrainerStep;

typedef struct {
    guint64 step;
    guint epoch;           /* done */
    double loss, accuracy; /* of the validation part */
    gboolean best;         /* the lowest loss so far */
} LeukoTrainerValidation;

/* What happens, as it happens; any may be NULL. Called from the thread that runs the trainer. */
typedef struct {
    void (*begun)(guint64 step, guint64 n_steps, gpointer user_data); /* step > 0: resumed there */
    void (*step)(const LeukoTrainerStep *step, gpointer user_data);
    void (*validated)(const LeukoTrainerValidation *validation, gpointer user_data);
    /* each epoch's first batch as the network sees it, x_nchw (n, 3, side, side) in [-1, 1], in front of
     * this step */
    void (*images)(const float *x_nchw, guint n, guint side, guint64 step, gpointer user_data);
    gpointer user_data;
} LeukoTrainerEvents;

typedef struct {
    LeukoRecipe recipe;
    LeukoPrecision precision;
    guint n_threads; /* >= 1 */
    guint64 seed;
    gint positive;          /* or -1 */
    const char *run_folder; /* made where it is not there */
    gboolean resume;        /* from last.checkpoint, if there is one */
    guint checkpoint_steps; /* a checkpoint after so many steps, 0: by time only */
    double checkpoint_seconds;
    guint
        until_epoch; /* leave after this epoch as if the recipe ended there, schedule as it is; 0: not */
    gboolean no_cache; /* of features, where the head starts from them */
} LeukoTrainerOptions;

typedef struct {
    guint n_training, n_validation, n_epochs; /* epochs done */
    guint64 n_steps, resumed_from;
    double seconds, images_per_s; /* of this process */
    gboolean stopped_early, exported_best;
    guint best_epoch; /* 0: none */
    double loss;      /* mean of the last epoch's steps of this process */
    double validation_loss, validation_accuracy; /* of the exported model, NAN without validation */
    double threshold;
} LeukoTrainerReport;

/* Errors  LEUKO_ERROR_CANCELLED  the state is in last.checkpoint
 *         LEUKO_ERROR_DATA       classes; a loss or gradient that is not finite (step and layer named;
 *                                the last checkpoint stands); folded weights; another run's checkpoint
 *         LEUKO_ERROR_ARGUMENT   the recipe does not fit the network
 *         LEUKO_ERROR_IO */
LeukoModel *leuko_trainer_run(LeukoDataset *training, LeukoDataset *validation,
                              const LeukoStart *start, const LeukoTrainerOptions *options,
                              const LeukoTrainerEvents *events, LeukoTrainerReport *report,
                              LeukoReporter reporter, GCancellable *cancellable, GError **error);

G_END_DECLS
