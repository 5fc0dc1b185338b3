/* compile/context.h: the state of a compilation, which its steps share. */
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

/* Open the validation split and classify it in fp32. Errors: those of leuko_gate_open(),
 * leuko_program_new() and leuko_gate_run(). */
gboolean leuko_compile_open_gate(LeukoCompileContext *c, GError **error);
/* Compare the answers of a program of batch LEUKO_GATE_BATCH with fp32. Errors: those of
 * leuko_gate_run(). */
gboolean leuko_compile_measure(LeukoCompileContext *c, LeukoProgram *program, LeukoGateFigures *out,
                               GError **error);
/* Sets LEUKO_ERROR_GATE and returns FALSE. */
gboolean leuko_compile_gate_failed(GError **error);
/* Make a graph with the model's description and other parameters. Takes over `params`. If params is
 * NULL (the call that makes them failed), returns NULL and leaves *error unchanged. */
LeukoGraph *leuko_compile_graph_new(const LeukoCompileContext *c, LeukoParams *params,
                                    GError **error);

G_END_DECLS
