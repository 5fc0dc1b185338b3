/* smear/synth-folder.h: a data set of synthetic cells, and photographs of synthetic fields. */
#pragma once
#include "leuko/progress.h"
#include "smear/synth-kind.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    LeukoSynthKind kinds[LEUKO_SYNTH_N_KINDS];
    guint n_kinds;   /* classes; each is a folder */
    guint per_class; /* images per class */
    guint n_groups;  /* image i belongs to group i mod n_groups */
    guint size_px;
    guint n_fields; /* photographs of fields in fields/, each with a .csv and ALL-IDB's .xyc */
    guint64 seed;
    guint n_threads;
} LeukoSynthOptions;
LeukoSynthOptions leuko_synth_options_default(
    void); /* blast, lymphocyte; 200 images; 10 groups; 299 px; no fields; seed 7 */

/* Write OUT/CLASS/P01_0000.jpg, ...; P01 is the group. OUT appears whole or not at all. The same
 * options give the same bytes, whatever the number of threads.
 * Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_IO, LEUKO_ERROR_CANCELLED. */
gboolean leuko_synth_folder(const char *out, const LeukoSynthOptions *options,
                            LeukoReporter reporter, GCancellable *cancellable, GError **error);

G_END_DECLS
