/* answer/runnable.h: a file with a model, made ready to run on this processor: a model of ours
 * (.safetensors), a frozen graph (.pb), an ONNX model, or a compiled graph (.graph).
 *
 * A compiled graph runs in the precision that it was compiled to if this processor supports it,
 * else in fp32; `note` says so then.
 */
#pragma once
#include "engine/program.h"
#include "formats/graph.h"

G_BEGIN_DECLS

typedef struct {
    LeukoGraph *graph; /* NULL for a model that is not compiled */
    LeukoModel *model; /* of a compiled graph: its params may hold the head alone */
    LeukoNet *net;
    LeukoProgram *program;
    LeukoPrecision precision; /* in which it runs */
    gchar *note;   /* what this processor lacks for the file and what is done instead; or NULL */
    gchar *digest; /* of leuko_runnable_digest(), NULL before its first call */
} LeukoRunnable;

/* options->precision is for models that are not compiled; it may not be LEUKO_INT8 there.
 * Errors: those of leuko_model_load(), leuko_graph_load() and leuko_program_new(). */
LeukoRunnable *leuko_runnable_open(const char *path, const LeukoProgramOptions *options,
                                   GError **error);
/* Build the program of a graph in memory. out_note may be NULL. Errors: those of
 * leuko_program_new(). */
LeukoProgram *leuko_graph_program(const LeukoGraph *graph, const LeukoNet *net,
                                  const LeukoProgramOptions *options, LeukoPrecision *runs_in,
                                  gchar **out_note, GError **error);
/* SHA-256, hex, of the file of a compiled graph, else of the parameters; borrowed. Computed by the
 * first call, from one thread. */
const char *leuko_runnable_digest(LeukoRunnable *runnable);
void leuko_runnable_free(LeukoRunnable *runnable);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoRunnable, leuko_runnable_free)

G_END_DECLS
