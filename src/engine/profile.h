/* engine/profile.h: time, work and memory traffic of each step of a program.
 *
 * The network runs on random images: first one image step by step, then whole batches. The peak
 * speed is measured in the same process (engine/processor.h).
 * Threads: one thread at a time; no other work should run meanwhile.
 */
#pragma once
#include "engine/state.h"
#include <jansson.h>

G_BEGIN_DECLS

typedef struct {
    gchar *name;              /* slim's layer name; merged convolutions "a+b+c"; "reorder ..." */
    gchar *kernel;            /* oneDNN's implementation */
    const char *kind;         /* "convolution", "pooling", "concat", "reorder" */
    LeukoPrecision precision; /* of the step's input */
    double mflop, mbytes;     /* of one image; bytes read and written */
    double seconds;           /* of one image: median over the runs */
    double share;             /* of the sum over all steps, 0 to 1 */
    double peak_share;        /* speed / peak of its precision, 0 to 1; 0 unless a convolution */
} LeukoProfileStep;

typedef struct {
    guint n_steps, n_runs, batch;
    guint step_threads; /* threads that work on one step; the peak is measured on as many */
    LeukoProfileStep *steps;
    double step_seconds;   /* one image step by step: sum of the steps' medians */
    double batch_seconds;  /* one run of `batch` images: median */
    double peak_gflops[3]; /* by LeukoPrecision; 0: not used, or not available on this processor */
    gsize memory_bytes;    /* weights and activations */
    gsize process_bytes;   /* largest resident size of the process */
    const char *isa;       /* instruction set in use, "AVX2" */
    const char *onednn;    /* version of the library, "3.7.2" */
} LeukoProfile;

/* Profile a program of `net` in a new state.
 * batch   images per run, at most the program's batch
 * n_runs  measured runs, 3 to 10000; two more runs warm up
 * Returns a new profile, free with leuko_profile_free(). Errors: LEUKO_ERROR_ARGUMENT (n_runs),
 * LEUKO_ERROR_MEMORY, those of leuko_state_run(). */
LeukoProfile *leuko_profile_new(LeukoProgram *program, const LeukoNet *net, guint batch,
                                guint n_runs, GError **error);
void leuko_profile_free(LeukoProfile *profile); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoProfile, leuko_profile_free)
json_t *leuko_profile_to_json(const LeukoProfile *profile); /* new reference */

/* Index of the step that computes a layer, or -1. */
gint leuko_profile_find(const LeukoProfile *profile, const char *layer);

G_END_DECLS
