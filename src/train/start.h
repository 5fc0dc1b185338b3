/* train/start.h: the network and the initial weights of a training run. */
#pragma once
#include "image/preprocess.h"
#include "leuko/progress.h"
#include "leuko/train-types.h"
#include "net/net.h"
#include "net/params.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    LeukoNetSpec spec; /* without classes */
    LeukoNet *net;
    LeukoParams *params;
    LeukoPreprocess preprocess;
    gchar *weights;        /* path of the file, or "random" */
    gchar *digest;         /* SHA-256 of the parameters */
    GPtrArray *training;   /* of LeukoTrainingList: of the model in the file; NULL: no model */
    gboolean is_stripped;  /* leuko_model_is_stripped() of that model */
    json_t *allowed_leaks; /* leuko_model_allowed_leaks() of that model, or NULL */
} LeukoStart;

/* Load or draw the initial weights. A model that Leuko wrote also gives its preprocessing and
 * the lists of its training images. If no backbone is installed, "backbone" means "random"; the
 * reporter gets a line about it.
 * Errors  LEUKO_ERROR_ARGUMENT  the depth multiplier or side differs from the file's; or there is
 *                               no such endpoint
 *         as leuko_weights_load(); as leuko_model_load() for a file that describes itself as a
 *         model of Leuko */
LeukoStart *leuko_start_new(const LeukoStartOptions *options, LeukoReporter reporter,
                            GError **error);
void leuko_start_free(LeukoStart *start); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStart, leuko_start_free)

G_END_DECLS
