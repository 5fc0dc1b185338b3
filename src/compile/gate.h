/* compile/gate.h: compares two forms of one model on the validation split, or on
 * training images that did not calibrate.
 *
 * Shapes: n images, K classes.
 */
#pragma once
#include "answer/session.h"
#include "leuko/gate.h"
#include <jansson.h>

G_BEGIN_DECLS

enum { LEUKO_GATE_BATCH = 8 };

typedef struct {
    const LeukoModel *model; /* borrowed */
    LeukoDataset *dataset;
    gboolean training; /* the images are training images that calibration does not use */
    guint n;
    guint *records; /* (n) indices into the data set */
    gint *labels;   /* (n) in the model's order of classes */
} LeukoGate;

/* Open the validation split of a folder of shards; without one, the training images that
 * compile/held-out.h keeps out of calibration. `model` must outlive the gate.
 * Errors: LEUKO_ERROR_DATA (no validation split, an empty one, a class that the model lacks); those
 * of leuko_dataset_open_shards(). */
LeukoGate *leuko_gate_open(const char *path, const LeukoModel *model, GError **error);
void leuko_gate_free(LeukoGate *gate); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoGate, leuko_gate_free)

/* Keep n' = MIN(n, n_most) images, evenly spread: image i n / n' becomes image i. */
void leuko_gate_thin(LeukoGate *gate, guint n_most);
/* The image, of n, that becomes image i of n_kept. */
gsize leuko_gate_thinned(guint i, guint n, guint n_kept);

/* Classify all images of the gate: probabilities (n, K), g_free.
 * n_threads  decoding threads, 0: one per processor
 * phase      named in progress reports
 * Errors: those of leuko_session_classify_records(). */
double *leuko_gate_run(const LeukoGate *gate, LeukoSession *session, guint n_threads,
                       const char *phase, GCancellable *cancellable, LeukoReporter reporter,
                       GError **error);

/* Compare probabilities (n, K) with those of the reference.
 * labels               (n)
 * positive, threshold  as in LeukoEvalInput */
void leuko_gate_compare(guint n, guint n_classes, const gint *labels, gint positive,
                        double threshold, const double *reference, const double *probabilities,
                        const LeukoGateLimits *limits, LeukoGateFigures *out);

/* The figures on one instruction set with their limits, as files hold them. New reference. */
json_t *leuko_gate_json(const char *isa, const LeukoGateFigures *figures,
                        const LeukoGateLimits *limits);

G_END_DECLS
