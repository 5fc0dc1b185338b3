/* leuko/session.h: one model, asked by many threads at once.
 *
 * A session holds one copy of the weights and up to `n_plans` plans over them, each with memory of its
 * own for activations; a call takes a free plan, waits if all are busy, and gives it back. All memory
 * is there after opening: calls allocate none of ours for their images.
 * Threads: leuko_session_classify() from any number of threads; open and free from one.
 */
#pragma once
#include "leuko/model.h"
#include "leuko/precision.h"

G_BEGIN_DECLS

typedef struct {
    LeukoPrecision precision; /* of models; a compiled graph has its own */
    guint n_plans;            /* calls that run at the same time, 1 to 256; 0: one a processor */
    guint n_threads;          /* OpenMP threads of each call; 0: processors / n_plans, at least 1 */
    guint batch; /* images of one run of the engine, 1 to 256; larger calls run several */
} LeukoSessionOptions;

LeukoSessionOptions leuko_session_options_default(void); /* fp32, 0, 0, 1 */

typedef struct LeukoSession LeukoSession;

/* path: a model (.safetensors, .pb, .onnx) or a compiled graph. options NULL: the default.
 * Errors: those of leuko_model_load(), leuko_graph_load() and leuko_plan_new();
 * LEUKO_ERROR_ARGUMENT: options out of range. */
LeukoSession *leuko_session_open(const char *path, const LeukoSessionOptions *options,
                                 GError **error);
/* No call may be running. NULL does nothing. */
void leuko_session_free(LeukoSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoSession, leuko_session_free)

/* x_nchw         (n, 3, S, S) as leuko_preprocess_apply() makes it, any n >= 1; borrowed
 * probabilities  (n, K), filled: softmax(logits / temperature); the same for the same image whatever
 *                runs beside it
 * Errors: LEUKO_ERROR_ARGUMENT (n is 0), those of oneDNN; probabilities are then undefined and the
 * session still good. */
gboolean leuko_session_classify(LeukoSession *session, const float *x_nchw, guint n,
                                double *probabilities, GError **error);

/* Classes, preprocessing, threshold; borrowed. The parameters of a graph are its head alone. */
const LeukoModel *leuko_session_model(const LeukoSession *session);
LeukoPrecision leuko_session_precision(const LeukoSession *session); /* that it runs in */
const char *leuko_session_note(const LeukoSession *session); /* what the processor lacks, or NULL */
guint leuko_session_n_plans(const LeukoSession *session);
/* Weights and the memory of all plans, in bytes. */
gsize leuko_session_memory_bytes(const LeukoSession *session);

G_END_DECLS
