/* answer/runnable.h: any file that holds a model, made ready to run on this processor: a model of ours
 * (.safetensors), a frozen graph (.pb), an ONNX model, or a graph that `leuko compile` made (.graph).
 *
 * A compiled graph runs in the numbers it was compiled to where this processor has them; else in
 * float32, and `note` says so.
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
    LeukoPrecision precision; /* that it runs in */
    gchar *note;   /* what this processor lacks for the file, and what is done; or NULL */
    gchar *digest; /* SHA-256 of the file of a compiled graph, else of the parameters; made by
                                 leuko_runnable_digest() */
} LeukoRunnable;

/* options->precision is for models that are not compiled; it may not be LEUKO_INT8 there.
 * Errors: those of leuko_model_load(), leuko_graph_load() and leuko_program_new(). */
LeukoRunnable *leuko_runnable_open(const char *path, const LeukoProgramOptions *options,
                                   GError **error);
/* Build the program of a graph in memory. out_note may be NULL. Errors: those of leuko_program_new(). */
LeukoProgram *leuko_graph_program(const LeukoGraph *graph, const LeukoNet *net,
                                  const LeukoProgramOptions *options, LeukoPrecision *runs_in,
                                  gchar **out_note, GError **error);
const char *leuko_runnable_digest(LeukoRunnable *runnable); /* hex; borrowed */
void leuko_runnable_free(LeukoRunnable *runnable);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoRunnable, leuko_runnable_free)

G_END_DECLS
