/* answer/classifier.h: a model made ready to answer: image in, probabilities and decision out.
 *
 * The model's own preprocessing, temperature and threshold are used; nothing else changes an image
 * between its file and the network. Images are decoded on worker threads while the engine runs.
 * Threads: one classifier, one thread at a time.
 */
#pragma once
#include "engine/plan.h"
#include "formats/model.h"
#include "leuko/dataset.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    LeukoPrecision precision; /* of models; a compiled graph has its own */
    guint batch;              /* images per run of the engine, 1 to 256 */
    guint n_threads;          /* of the engine and of decoding, each; 0: all processors */
    double threshold;         /* in place of the model's, or NAN */
} LeukoClassifierOptions;

typedef struct LeukoClassifier LeukoClassifier;

/* path is a model or a compiled graph. Errors: those of leuko_runnable_open(); LEUKO_ERROR_ARGUMENT: a threshold without
 * a positive class, or outside (0, 1). */
LeukoClassifier *leuko_classifier_open(const char *path, const LeukoClassifierOptions *options,
                                       GError **error);
/* The same on a Neural Compute Stick: path is a graph that mvNCCompile made, with FILE.json beside it (what
 * `leuko freeze` wrote beside the frozen graph). Errors: LEUKO_ERROR_UNSUPPORTED (no library, no stick, its
 * own complaints, another file), LEUKO_ERROR_DATA, LEUKO_ERROR_IO. precision, n_threads: of decoding only. */
LeukoClassifier *leuko_classifier_open_stick(const char *path,
                                             const LeukoClassifierOptions *options, GError **error);
void leuko_classifier_free(LeukoClassifier *classifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoClassifier, leuko_classifier_free)

const LeukoModel *
leuko_classifier_model(const LeukoClassifier *classifier); /* of a graph: no trunk */
LeukoPrecision leuko_classifier_precision(const LeukoClassifier *classifier); /* that it runs in */
/* What the processor lacks for a compiled graph, and what is done instead; or NULL. */
const char *leuko_classifier_note(const LeukoClassifier *classifier);
/* SHA-256 of parameters or graph file, hex: what a ledger names. NULL for a stick. */
const char *leuko_classifier_digest(LeukoClassifier *classifier);
double leuko_classifier_threshold(const LeukoClassifier *classifier); /* in force; NAN: none */

/* probabilities (n, K) of x_nchw (n, 3, S, S), any n. */
gboolean leuko_classifier_run(LeukoClassifier *classifier, guint n, const float *x_nchw,
                              double *probabilities, GError **error);

/* All images of a data set: probabilities (N, K) in the model's order of classes. An unreadable
 * image is an error. */
gboolean leuko_classifier_run_dataset(LeukoClassifier *classifier, LeukoDataset *dataset,
                                      double *probabilities, GCancellable *cancellable,
                                      LeukoReporter reporter, GError **error);

/* One image's answer, borrowed for the call. */
typedef struct {
    const char *path;
    const GError *error;         /* why it cannot be read, or NULL */
    const double *probabilities; /* (K), NULL with an error */
    gint decided;                /* class */
    double seconds;              /* of the engine, its batch divided by the images in it */
} LeukoAnswer;
typedef gboolean (*LeukoAnswerFunc)(const LeukoAnswer *answer, gpointer user_data, GError **error);

/* Answer files one after the other, in order; unreadable ones are answered with their error and the
 * walk goes on. func returning FALSE stops it. */
gboolean leuko_classifier_walk(LeukoClassifier *classifier, const char *const *paths, guint n_paths,
                               LeukoAnswerFunc func, gpointer user_data, GCancellable *cancellable,
                               GError **error);

G_END_DECLS
