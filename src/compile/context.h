/* compile/context.h: what the steps of a compilation share. */
#pragma once
#include "compile/compile.h"
#include "compile/gate.h"
#include "formats/graph.h"

G_BEGIN_DECLS

typedef struct {
    const LeukoModel *model;
    const LeukoCompileOptions *options;
    LeukoCompileReport *report;
    GCancellable *cancellable;
    LeukoReporter reporter;
    LeukoNet *net;
    LeukoGate *gate;   /* NULL until leuko_compile_open_gate() */
    double *reference; /* (gate->n, K): probabilities of the model in fp32 */
} LeukoCompileContext;

void leuko_compile_context_clear(LeukoCompileContext *c); /* net, gate and reference */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCompileContext, leuko_compile_context_clear)

/* Open the validation split and classify it in fp32. */
gboolean leuko_compile_open_gate(LeukoCompileContext *c, GError **error);
/* Compare a program of batch LEUKO_GATE_BATCH with fp32. */
gboolean leuko_compile_measure(LeukoCompileContext *c, LeukoProgram *program, LeukoGateFigures *out,
                               GError **error);
/* Sets LEUKO_ERROR_GATE and returns FALSE. */
gboolean leuko_compile_gate_failed(GError **error);
/* A graph that describes itself as the model does and has other parameters; takes over `params`,
 * which may be NULL (returns NULL, error is set already). */
LeukoGraph *leuko_compile_graph_new(const LeukoCompileContext *c, LeukoParams *params,
                                    GError **error);

G_END_DECLS
