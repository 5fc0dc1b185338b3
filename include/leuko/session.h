/* leuko/session.h: one model, asked by many threads at once.
 *
 * Threads: leuko_session_classify_image() from any number of threads; open and free from one.
 */
#pragma once
#include "leuko/image.h"
#include "leuko/model.h"
#include "leuko/precision.h"

G_BEGIN_DECLS

typedef struct {
    LeukoPrecision precision; /* of models; a compiled graph has its own */
    guint n_plans;            /* calls that run at the same time, 1 to 256; 0: one per processor */
    guint n_threads;          /* threads of each call; 0: processors / n_plans, at least 1 */
    guint batch; /* images of one run of the engine, 1 to 256; larger calls run several times */
} LeukoSessionOptions;

LeukoSessionOptions leuko_session_options_default(void); /* fp32, 0, 0, 1 */

typedef struct LeukoSession LeukoSession;

/* path: a model (.safetensors, .pb, .onnx) or a compiled graph. options NULL: the default.
 * Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED, LEUKO_ERROR_MEMORY;
 * LEUKO_ERROR_ARGUMENT: options out of range. */
LeukoSession *leuko_session_open(const char *path, const LeukoSessionOptions *options,
                                 GError **error);
/* No call may be running. NULL does nothing. */
void leuko_session_free(LeukoSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoSession, leuko_session_free)

/* Classify one image with the model's own preprocessing and threshold.
 * probabilities  (K), filled
 * decision       filled with the predicted class, 0..K-1
 * Errors: LEUKO_ERROR_MEMORY; the session stays usable. */
gboolean leuko_session_classify_image(LeukoSession *session, const LeukoImage *image,
                                      double *probabilities, guint *decision, GError **error);

const LeukoModel *leuko_session_model(const LeukoSession *session); /* borrowed */

G_END_DECLS
