/* answer/profile.h: where the time of one image goes. */
#pragma once
#include "answer/runnable.h"

G_BEGIN_DECLS

typedef struct {
    gchar *name;              /* slim's layer name; merged convolutions "a+b+c"; "reorder ..." */
    gchar *kernel;            /* oneDNN's implementation */
    const char *kind;         /* "convolution", "pooling", "concat", "reorder" */
    LeukoPrecision precision; /* of what it reads */
    double mflop, mbytes;     /* of one image; bytes read and written */
    double seconds;           /* median over the runs */
    double share;             /* of the sum of all steps */
    double peak_share; /* of the peak of its precision; 0 for other steps than convolutions */
} LeukoProfileStep;

typedef struct {
    guint n_steps, n_runs, batch;
    guint step_threads; /* that work on one step, and on the peak */
    LeukoProfileStep *steps;
    double step_seconds;   /* sum of the steps' medians: one image, step by step */
    double batch_seconds;  /* median of a whole run of `batch` images */
    double peak_gflops[3]; /* by LeukoPrecision, of step_threads, measured here; 0: not had, or not
                              used */
    gsize memory_bytes;    /* of the engine: weights and arena */
    gsize process_bytes;   /* the largest that the process was */
    const char *isa;       /* instruction set in use */
} LeukoProfile;

/* Random images, warmed up; n_runs 3 to 10000. Errors: those of the engine. */
LeukoProfile *leuko_profile_new(LeukoRunnable *runnable, guint batch, guint n_runs, GError **error);
void leuko_profile_free(LeukoProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoProfile, leuko_profile_free)
json_t *leuko_profile_to_json(const LeukoProfile *profile); /* new reference */

/* The step that computes a layer, or -1. */
gint leuko_profile_find(const LeukoProfile *profile, const char *layer);

G_END_DECLS
