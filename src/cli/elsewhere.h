/* cli/elsewhere.h: the graph being compiled, asked on an older instruction set: leuko starts itself
 * with the engine limited, and that process runs the hidden command `answers`:
 *
 *   leuko answers GRAPH SHARDS --images N [--threads N]
 *   1. stdout: lines "progress DONE" as it goes, then one line an image: K probabilities,
 *      separated by spaces
 *   2. stderr: one line where it fails
 */
#pragma once
#include "base/durable.h"
#include "compile/compile.h"

typedef struct {
    const char *out, *data; /* the graph lies beside `out`, without a name; data: shards */
    guint n_threads;
    LeukoDurable *file; /* written at the first call */
} CliElsewhere;

gboolean cli_answer_elsewhere(const LeukoGraph *graph, const char *isa, const char *limit, guint n,
                              double *answers, gpointer elsewhere, GError **error);
void cli_elsewhere_clear(CliElsewhere *elsewhere);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CliElsewhere, cli_elsewhere_clear)
