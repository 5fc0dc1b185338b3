/* engine/program.h: a network prepared for this processor: steps, weights and memory plan.
 *
 * Batch norm is folded, ReLU is fused, pointwise convolutions that share an input are merged, all
 * steps use blocked layouts, and branches write into their slice of the concat.
 * Threads: a program is immutable after building; any number of threads may use it. Each thread
 * runs it in a state of its own (engine/state.h).
 * Memory: leuko_program_weights_bytes().
 */
#pragma once
#include "engine/program-options.h"
#include "net/net.h"
#include "net/params.h"

G_BEGIN_DECLS

typedef struct LeukoProgram LeukoProgram;

/* Build a float program (fp32 or bf16); engine/program-int8.h builds int8 programs.
 * net, params  copied
 * Errors       LEUKO_ERROR_ARGUMENT     batch is out of range
 *              LEUKO_ERROR_DATA         as leuko_params_check()
 *              LEUKO_ERROR_UNSUPPORTED  bf16 without AVX-512; int8
 *              LEUKO_ERROR_MEMORY */
LeukoProgram *leuko_program_new(const LeukoNet *net, const LeukoParams *params,
                                const LeukoProgramOptions *options, GError **error);
/* Build a float program with a given layout of activations, for tests. leuko_program_new() asks
 * leuko_processor_wants_channels_last(). Errors: those of leuko_program_new(). */
LeukoProgram *leuko_program_new_in_layout(const LeukoNet *net, const LeukoParams *params,
                                          const LeukoProgramOptions *options,
                                          gboolean channels_last, GError **error);
LeukoProgram *leuko_program_ref(LeukoProgram *program);
void leuko_program_unref(LeukoProgram *program); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoProgram, leuko_program_unref)

/* --- steps, for tests, profile and bench ------------------------------------------------------ */

typedef struct {
    const char *name;   /* layer (merged: "a+b+c") or "reorder ..." */
    const char *kernel; /* oneDNN's implementation, e.g. "jit:avx512_core"; "ref..." only where the
                            processor has no JIT kernel; "copy" for our own concat */
    const char *kind;   /* "convolution", "pooling", "concat", "reorder" */
    LeukoPrecision precision; /* of the step's input */
    guint64 flop;             /* of one image */
    gsize bytes;              /* read and written for one image */
} LeukoProgramStep;

guint leuko_program_n_steps(const LeukoProgram *program);
void leuko_program_step(const LeukoProgram *program, guint index, LeukoProgramStep *out);
/* Number of threads that work together on one step. */
guint leuko_program_step_threads(const LeukoProgram *program);
gsize leuko_program_weights_bytes(const LeukoProgram *program); /* reordered weights */

G_END_DECLS
