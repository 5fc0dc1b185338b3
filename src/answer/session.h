/* answer/session.h: run a model from many threads: preprocessed images in, probabilities out.
 *
 * A session holds one copy of the weights and `n_states` states, each with its own memory for the
 * activations. A call waits for an idle state, runs its images in batches and returns the state.
 * leuko_session_open() allocates all memory for activations; a call allocates none. A session on a
 * Neural Compute Stick has one state, the stick, and runs one image at a time.
 * A model with several views (image/views.h) runs once for each view of an image, so an image costs
 * that many times one run; the logits are averaged.
 * Shapes: n images, K classes, S = side of the model's input in pixels.
 * Threads: leuko_session_classify() from any number of threads; open and free from one.
 */
#pragma once
#include "answer/runnable.h"
#include "data/loader.h"
#include "leuko/dataset.h"
#include "leuko/options.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct LeukoSession LeukoSession;

/* path     a model (.safetensors, .pb, .onnx) or a compiled graph; for the device NCS a graph that
 *          mvNCCompile made (answer/stick.h)
 * options  precision, batch, n_threads, n_calls (= the number of states), n_views and device are
 *          used; NULL: the default
 * Errors: those of leuko_runnable_open() or leuko_stick_open(); LEUKO_ERROR_ARGUMENT: an option is
 * out of its range. */
LeukoSession *leuko_session_open(const char *path, const LeukoClassifierOptions *options,
                                 GError **error);
/* A session with one state of `program`, which runs `model` and was built for `batch` images. The
 * model is borrowed and must outlive the session. Errors: LEUKO_ERROR_MEMORY. */
LeukoSession *leuko_session_new_for_program(const LeukoModel *model, LeukoProgram *program,
                                            guint batch, GError **error);
/* No call may be running. NULL does nothing. */
void leuko_session_free(LeukoSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoSession, leuko_session_free)

/* x_nchw         (n, 3, S, S) as leuko_preprocess_apply() makes it, any n >= 1; borrowed
 * probabilities  (n, K), filled: leuko_model_probabilities() of the mean logits; all NAN for an
 *                image whose logits are not finite, which the caller reports. The same call gets
 *                the same probabilities, bit for bit, whatever other threads do. If another number
 *                of images runs in a batch, the probabilities of an image may differ by about 1e-7.
 * Errors: LEUKO_ERROR_ARGUMENT (n is 0); those of oneDNN or the stick. On an error the
 * probabilities are undefined and the session can still be used. */
gboolean leuko_session_classify(LeukoSession *session, const float *x_nchw, guint n,
                                double *probabilities, GError **error);
/* The same, with the score of each image by the model's `typical`.
 * scores  (n), filled: NAN if the model has none, and on a stick; NULL: not wanted */
gboolean leuko_session_measure(LeukoSession *session, const float *x_nchw, guint n,
                               double *probabilities, double *scores, GError **error);

typedef struct {
    const guint *records;     /* (n) indices into the data set; NULL: all records */
    guint n;                  /* ignored without `records` */
    guint n_threads;          /* that decode, 0: one per processor */
    const char *phase;        /* named in progress reports; NULL: "classifying" */
    LeukoDecodedFunc decoded; /* sees each image on the decoding threads; NULL: none */
    gpointer decoded_data;
    LeukoTransformFunc transform; /* changes each image, on the same threads; NULL: none */
    gpointer transform_data;
    double *scores; /* (n), filled as by leuko_session_measure(); NULL: not wanted */
} LeukoRecordsOptions;

/* Classify records of a data set; other threads decode the next images at the same time.
 * probabilities  (n, K), filled in the order of `records`
 * Errors         an unreadable image, or LEUKO_ERROR_DATA, outputs that are not finite (the message
 *                names the image); LEUKO_ERROR_ARGUMENT (no records);
 *                LEUKO_ERROR_CANCELLED; those of leuko_session_classify() */
gboolean leuko_session_classify_records(LeukoSession *session, LeukoDataset *dataset,
                                        const LeukoRecordsOptions *options, double *probabilities,
                                        GCancellable *cancellable, LeukoReporter reporter,
                                        GError **error);

const LeukoModel *leuko_session_model(const LeukoSession *session); /* borrowed */
/* The model and its program, borrowed; NULL for a stick and for a session made by
 * leuko_session_new_for_program(). */
LeukoRunnable *leuko_session_runnable(const LeukoSession *session);
guint leuko_session_n_states(const LeukoSession *session);
/* Bytes of the weights and of the activations of all states; 0 for a stick. */
gsize leuko_session_memory_bytes(const LeukoSession *session);

G_END_DECLS
