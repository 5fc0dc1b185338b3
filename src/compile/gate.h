/* compile/gate.h: do two plans of one model answer the same on the validation part? */
#pragma once
#include "compile/compile.h"
#include "engine/state.h"
#include "leuko/dataset.h"

enum { LEUKO_GATE_BATCH = 8 };

typedef struct {
    const LeukoModel *model; /* borrowed */
    LeukoDataset *dataset;
    guint n;
    guint *records; /* (n) of the data set */
    gint *labels;   /* (n), in the model's order of classes */
} LeukoGate;

LeukoGate *leuko_gate_open(const char *path, const LeukoModel *model, GError **error);
void leuko_gate_free(LeukoGate *gate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoGate, leuko_gate_free)

/* Keep n_most images at most, evenly spread: the i-th that stays was number i * n / n_most. */
void leuko_gate_thin(LeukoGate *gate, guint n_most);

/* Figures measured on an instruction set, for files; a new object. */
json_t *leuko_gate_json(const char *isa, const LeukoGateFigures *figures,
                        const LeukoGateLimits *limits);

/* Probabilities (n, K) of all its images by a plan of `batch`; g_free. */
double *leuko_gate_run(const LeukoGate *gate, LeukoState *state, guint batch, guint n_threads,
                       const char *phase, GCancellable *cancellable, LeukoReporter reporter,
                       GError **error);
