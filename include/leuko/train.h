/* leuko/train.h: train a classifier on shards written by leuko_sort() and write the model.
 *
 *   LeukoTrainOptions options = leuko_train_options_default();
 *   options.shards = "shards";
 *   options.model = "model.safetensors";
 *   LeukoTrainHeadReport report;
 *   g_autoptr(LeukoModel) model = leuko_train_head(&options, &report, reporter, NULL, &error);
 *
 * Only the training and validation splits are read, never the test split. Features are cached in
 * $LEUKO_CACHE, or in leuko/features in the user's cache folder.
 * LEUKO_PRECISION_AUTO is resolved once per training, reported as a line of the log and recorded in
 * the model: for the head by the speed of inference, for the network by that of training.
 * Numbers: the same seed, number of threads, build and processor give the same bytes.
 */
#pragma once
#include "leuko/model.h"
#include "leuko/progress.h"
#include "leuko/threshold-rule.h"
#include "leuko/train-types.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    const char *shards;       /* the folder of shards */
    const char *model;        /* the file to write: safetensors, whole or absent */
    const char *positive;     /* name of the positive class; NULL: by the class names (all, blast,
                                 leukemic, 1 ...), none for more than two classes */
    const char *command_line; /* kept in the model's provenance, so without paths and names of
                                 patients; NULL: none */
    gboolean ignore_audit;    /* train although splits share a group or copies of an image */
    const char *allow_leaks;  /* groups, files, "groups", "copies" or "all", separated by commas,
                                 that may be in two splits; recorded in the model; or NULL */
    LeukoLeaksFunc refused;   /* called before an error for leaks is returned; or NULL */
    gpointer refused_data;
    LeukoHeadKind head; /* of leuko_train_head(); LEUKO_HEAD_CHOSEN: by cross-validation */
    LeukoThresholdRule threshold; /* how the decision threshold of two classes is chosen */
    double miss_bound; /* share of the answered images of a class that may be answered as another
                          class, 0 to 0.5: more could be if doubtful images were not referred to a
                          person; 0: none is referred */
    gboolean
        miss_of_all;   /* miss_bound is a share of all images of the class, answered or referred */
    double confidence; /* with which miss_bound holds, at least 0.5 and below 1 */
    LeukoStartOptions start;
    LeukoFeatureOptions features; /* precision and threads also apply to leuko_train_network() */
} LeukoTrainOptions;

/* weights "backbone", seed 50, one image per run, all processors, LEUKO_PRECISION_AUTO, the
 * threshold of the largest balanced accuracy, miss_bound 0.05 with confidence 0.9. The members
 * `shards` and `model` are NULL. */
LeukoTrainOptions leuko_train_options_default(void);

/* Fit a linear head on features of the network. Its kind and strength are chosen by
 * cross-validation inside the training split. On the validation split, probabilities are calibrated
 * and the threshold of two classes is chosen; without one it is 0.5.
 * Returns  the model that was written
 * Errors   LEUKO_ERROR_GATE         splits share a group or copies (see allow_leaks)
 *          LEUKO_ERROR_ARGUMENT     `positive` is not a class, or cannot be guessed; depth
 *                                   multiplier, side or endpoint do not match the weights; the
 *                                   threshold's rule is out of range, or there is no validation
 *                                   split or no positive class for it
 *          LEUKO_ERROR_DATA         no training shards; fewer than two classes with images; the
 *                                   threshold's rule cannot be kept on the validation split
 *          LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED   weights or shards cannot be read
 *          LEUKO_ERROR_CANCELLED    computed features are in the cache
 *          LEUKO_ERROR_IO, LEUKO_ERROR_MEMORY
 *          In every case the file `model` is as it was. */
LeukoModel *leuko_train_head(const LeukoTrainOptions *options, LeukoTrainHeadReport *report,
                             LeukoReporter reporter, GCancellable *cancellable, GError **error);

/* Everything from the recipe, a checkpoint every 60 s. */
LeukoTuneOptions leuko_tune_options_default(void);

/* TRUE if the run folder of `tune` (NULL: the one beside `model`) holds a checkpoint. */
gboolean leuko_train_has_checkpoint(const char *model, const LeukoTuneOptions *tune);

/* Train the network, or a part of it, by a recipe.
 * One process at a time trains in a run folder. A resumed run equals an unbroken one bit for bit. A
 * resumed run may have another number of epochs if the learning rates of the finished steps are the
 * same with it: with a constant or staircase schedule always, with a cosine schedule during the
 * warm-up only. It then equals an unbroken run of that number.
 * events   NULL: none
 * Errors   as leuko_train_head(), and
 *          LEUKO_ERROR_DATA       the loss or a gradient is not finite (step and layer are named);
 *                                 the weights cannot be trained by this recipe; the settings
 *                                 or the data differ from those of the checkpoint
 *          LEUKO_ERROR_ARGUMENT   the recipe does not match the network; the run folder holds a
 *                                 checkpoint, with neither `resume` nor `restart`
 *          LEUKO_ERROR_IO         another process trains in the run folder (it is named)
 *          LEUKO_ERROR_CANCELLED  a checkpoint is written */
LeukoModel *leuko_train_network(const LeukoTrainOptions *options, const LeukoTuneOptions *tune,
                                const LeukoTrainEvents *events, LeukoTrainReport *report,
                                LeukoReporter reporter, GCancellable *cancellable, GError **error);

G_END_DECLS
