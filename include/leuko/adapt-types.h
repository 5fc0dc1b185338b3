/* leuko/adapt-types.h: options of an adaptation (leuko/adapt.h).
 *
 * All strings are borrowed for the call.
 */
#pragma once
#include "leuko/folder.h"
#include "leuko/train-types.h"

G_BEGIN_DECLS

typedef enum {
    LEUKO_ADAPT_COLOR = 1,
    LEUKO_ADAPT_CENTER = 2,
    LEUKO_ADAPT_HEAD = 4,
    LEUKO_ADAPT_ALL = 7
} LeukoAdaptSteps;

/* Start from leuko_adapt_options_default(); later versions may add members. */
typedef struct {
    guint steps;               /* LeukoAdaptSteps that may be taken */
    guint n_folds;             /* 2 or more; 0: 5, or fewer if a class has fewer groups */
    const char *splits;        /* as in LeukoCrossvalOptions */
    LeukoFolderOptions folder; /* how to read a folder of images; for shards only `classes` */
    const char *reference; /* the model's training images, for a model of an earlier version that
                              does not know its colors or its class means; NULL: none */
    guint64 seed;          /* of the folds */
    LeukoFeatureOptions features; /* n_views is the model's */
    gboolean write_anyway;        /* write a changed model even if no gain is shown */
    const char *command;          /* text for the ledger of a test split; NULL: "leuko_adapt_run" */
    const char *command_line;     /* recorded in the model; NULL: none */
} LeukoAdaptOptions;

G_END_DECLS
