/* compile/older-isa-process.h: runs a compiled graph on an older instruction set in another
 * process.
 *
 * The program is started with ONEDNN_MAX_CPU_ISA set and the graph open as a descriptor:
 *
 *   PROGRAM answers --images N --threads T -- GRAPH SHARDS
 *   1. stdout: lines "progress DONE", then one line per image: K probabilities, separated by spaces
 *   2. stderr: one line if it fails
 */
#pragma once
#include "base/durable.h"
#include "compile/older-isa.h"

G_BEGIN_DECLS

typedef struct {
    const char *program;
    const char *graph_path; /* the graph is written into its folder, without a name */
    const char *data;       /* shards */
    guint n_threads;
    GCancellable *cancellable;
    LeukoReporter reporter;
    LeukoDurable *file; /* written at the first call */
} LeukoOlderIsaProcess;

void leuko_older_isa_process_clear(LeukoOlderIsaProcess *process); /* closes the file */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoOlderIsaProcess, leuko_older_isa_process_clear)

/* A LeukoOlderIsaFunc; user_data is a LeukoOlderIsaProcess. Errors: LEUKO_ERROR_IO (the graph
 * cannot be written, the program cannot be started); LEUKO_ERROR_UNSUPPORTED (the program failed;
 * the message quotes its stderr); LEUKO_ERROR_CANCELLED. */
gboolean leuko_older_isa_process_run(const LeukoGraph *graph, const char *isa, const char *limit,
                                     guint n, double *probabilities, gpointer user_data,
                                     GError **error);

G_END_DECLS
