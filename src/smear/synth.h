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
#include "smear/synth-kind.h"

G_BEGIN_DECLS

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

G_END_DECLS
