/* compile/older-isa.h: the gate on instruction sets older than this processor's. */
#pragma once
#include "compile/gate.h"
#include "formats/graph.h"

G_BEGIN_DECLS

/* Classify the gate's images with `graph` on an older instruction set. A process reads the engine's
 * limit only once, so another process must do this.
 * isa            name, "AVX2"
 * limit          value of ONEDNN_MAX_CPU_ISA for it
 * probabilities  (n, K), filled */
typedef gboolean (*LeukoOlderIsaFunc)(const LeukoGraph *graph, const char *isa, const char *limit,
                                      guint n, double *probabilities, gpointer user_data,
                                      GError **error);

/* Compare `graph` with fp32 on each older instruction set.
 * gate       is thinned to LEUKO_OLDER_ISA_IMAGES images
 * reference  (gate->n, K) before the thinning
 * out        (LEUKO_MAX_OLDER_ISAS), *out_n entries are set, also if a limit is exceeded
 * Errors: those of `func`. A failed gate is not an error here. */
gboolean leuko_older_isa_compare(const LeukoGraph *graph, LeukoGate *gate, const double *reference,
                                 const LeukoGateLimits *limits, LeukoOlderIsaFunc func,
                                 gpointer user_data, LeukoIsaFigures *out, guint *out_n,
                                 GError **error);
/* TRUE if all n figures are within their limits. */
gboolean leuko_older_isa_holds(const LeukoIsaFigures *figures, guint n);

/* The other process's part: classify at most n_most images of the validation split of `data`,
 * evenly spread, with the graph at graph_path. Returns probabilities (*out_n, *out_n_classes),
 * g_free.
 * Errors: those of leuko_session_open(), leuko_gate_open() and leuko_gate_run(). */
double *leuko_older_isa_classify(const char *graph_path, const char *data, guint n_most,
                                 guint n_threads, guint *out_n, guint *out_n_classes,
                                 GCancellable *cancellable, LeukoReporter reporter, GError **error);

G_END_DECLS
