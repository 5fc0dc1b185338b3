/* answer/session.h: one model, asked by many threads at once.
 *
 * A session holds one copy of the weights and up to `n_plans` plans over them, each with memory of its
 * own for activations; a call takes a free plan, waits if all are busy, and gives it back. All memory
 * is there after opening: calls allocate none of ours for their images.
 * Threads: leuko_session_classify() from any number of threads; open and free from one.
 */
#pragma once
#include "formats/model.h"
#include "leuko/session.h"

G_BEGIN_DECLS

/* x_nchw         (n, 3, S, S) as leuko_preprocess_apply() makes it, any n >= 1; borrowed
 * probabilities  (n, K), filled: softmax(logits / temperature); the same for the same image whatever
 *                runs beside it
 * Errors: LEUKO_ERROR_ARGUMENT (n is 0), those of oneDNN; probabilities are then undefined and the
 * session still good. */
gboolean leuko_session_classify(LeukoSession *session, const float *x_nchw, guint n,
                                double *probabilities, GError **error);

LeukoPrecision leuko_session_precision(const LeukoSession *session); /* that it runs in */
const char *leuko_session_note(const LeukoSession *session); /* what the processor lacks, or NULL */
guint leuko_session_n_plans(const LeukoSession *session);
/* Weights and the memory of all plans, in bytes. */
gsize leuko_session_memory_bytes(const LeukoSession *session);

G_END_DECLS
