/* smear/synth.h: synthetic stained smears, to teach and to test with. Not data about patients.
 *
 * Images look like May-Gruenwald-Giemsa stained blood under an oil objective: one white cell in
 * the middle, red cells and platelets around it. Stain, light, focus and noise belong to the group
 * ("patient"), which holds cells of every kind; the kinds differ by shape and texture. Blasts and
 * lymphocytes have nuclei of the same sizes, densities and contrast, so that neither color nor area
 * tells them apart, only outline, chromatin and nucleoli.
 *
 * Same options, same images, whatever the threads.
 */
#pragma once
#include "leuko/image.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    LEUKO_SYNTH_BLAST, /* irregular or folded nucleus, fine chromatin, nucleoli, thin cytoplasm */
    LEUKO_SYNTH_LYMPHOCYTE, /* round smooth nucleus, clumped chromatin */
    LEUKO_SYNTH_NEUTROPHIL, /* three to five lobes on thin bridges, pale fine granules */
    LEUKO_SYNTH_MONOCYTE,   /* kidney-shaped nucleus, wide gray cytoplasm with vacuoles */
    LEUKO_SYNTH_EOSINOPHIL, /* two lobes, coarse orange granules */
    LEUKO_SYNTH_N_KINDS
} LeukoSynthKind;

const char *leuko_synth_kind_name(LeukoSynthKind kind); /* "blast", ... */
/* The kind of that name, or -1. */
gint leuko_synth_kind_parse(const char *name);

/* Image `index` of a kind in a group. size_px 75 to 2048. Errors: LEUKO_ERROR_ARGUMENT, _MEMORY. */
LeukoImage *leuko_synth_cell(LeukoSynthKind kind, guint group, guint index, guint size_px,
                             guint64 seed, GError **error);

typedef struct {
    double x, y; /* pixels */
    LeukoSynthKind kind;
} LeukoSynthTruth;

/* A photograph of a whole field, 1600 x 1200, with white cells of the given kinds among red ones.
 * *truth gets an array of LeukoSynthTruth, one a white cell. */
LeukoImage *leuko_synth_field(const LeukoSynthKind *kinds, guint n_kinds, guint group, guint index,
                              guint64 seed, GArray **truth, GError **error);

typedef struct {
    LeukoSynthKind kinds[LEUKO_SYNTH_N_KINDS];
    guint n_kinds;   /* classes, a folder each */
    guint per_class; /* images of each class */
    guint n_groups;  /* dealt to the images in turn */
    guint size_px;
    guint
        n_fields; /* photographs of fields, in fields/, with .csv and ALL-IDB's .xyc beside each */
    guint64 seed;
    guint n_threads;
} LeukoSynthOptions;
LeukoSynthOptions
leuko_synth_options_default(void); /* blast, lymphocyte; 200; 10; 299; 0; seed 7 */

/* Write OUT/CLASS/P01_0000.jpg ...: P01 is the group. OUT appears whole or not at all.
 * Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_IO, LEUKO_ERROR_CANCELLED. */
gboolean leuko_synth_folder(const char *out, const LeukoSynthOptions *options,
                            LeukoReporter reporter, GCancellable *cancellable, GError **error);

G_END_DECLS
