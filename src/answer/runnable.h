/* answer/runnable.h: a model from a file, ready to run on this processor. The file is a Leuko model
 * (.safetensors), a frozen graph (.pb), an ONNX model or a compiled graph (.graph).
 *
 * A compiled graph runs in the precision that it was compiled to. If this processor does not
 * support that precision, the graph runs in fp32, and `note` says so.
 */
#pragma once
#include "engine/program.h"
#include "formats/graph.h"

G_BEGIN_DECLS

typedef struct {
    LeukoGraph *graph; /* NULL for a model that is not compiled */
    LeukoModel *model; /* of an int8 graph: its params are those of the head alone */
    LeukoNet *net;
    LeukoProgram *program;
    LeukoPrecision precision; /* in which the program runs */
    gchar *reason;            /* why in this precision; NULL for a compiled graph */
    gchar *note;       /* which feature this processor lacks, and what runs instead; or NULL */
    gchar *cache_note; /* LeukoPrecisionChoice.note, or NULL */
    gchar *digest;     /* result of leuko_runnable_digest(), NULL before its first call */
} LeukoRunnable;

/* options->precision applies to models that are not compiled, and must not be LEUKO_INT8;
 * LEUKO_PRECISION_AUTO is chosen here, for inference.
 * Errors: those of leuko_model_load(), leuko_graph_load() and leuko_program_new(). */
LeukoRunnable *leuko_runnable_open(const char *path, const LeukoProgramOptions *options,
                                   GError **error);
/* Build the program of a graph in memory. out_note may be NULL. Errors: those of
 * leuko_program_new(). */
LeukoProgram *leuko_graph_program(const LeukoGraph *graph, const LeukoNet *net,
                                  const LeukoProgramOptions *options, LeukoPrecision *runs_in,
                                  gchar **out_note, GError **error);
/* SHA-256 (hex) of the file of a compiled graph, else of the parameters; borrowed. The first call
 * computes the digest; it must come from one thread. */
const char *leuko_runnable_digest(LeukoRunnable *runnable);
void leuko_runnable_free(LeukoRunnable *runnable);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoRunnable, leuko_runnable_free)

G_END_DECLS
