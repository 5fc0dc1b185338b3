/* smear/synth.h: synthetic stained blood smears for teaching and tests. Not patient data.
 *
 * Images look like blood with May-Gruenwald-Giemsa stain under an oil objective: one white cell in
 * the middle, red cells and platelets around it. Stain, light, focus and noise are properties of
 * the group ("patient"); every group has cells of every kind. The kinds differ in shape and
 * texture.
 * Nuclei of blasts and lymphocytes have the same sizes, densities and contrast: only outline,
 * chromatin and nucleoli distinguish them, neither color nor area.
 *
 * The same arguments give the same image.
 */
#pragma once
#include "leuko/image.h"
#include "smear/synth-kind.h"

G_BEGIN_DECLS

/* Draw image `index` of a kind in a group. size_px: side, 75 to 2048.
 * Errors: LEUKO_ERROR_ARGUMENT, LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_synth_cell(LeukoSynthKind kind, guint group, guint index, guint size_px,
                             guint64 seed, GError **error);

/* The true outline of its white cell: (size_px, size_px), 1 inside, 0 outside; g_free. Errors:
 * LEUKO_ERROR_ARGUMENT. */
guint8 *leuko_synth_cell_mask(LeukoSynthKind kind, guint group, guint index, guint size_px,
                              guint64 seed, GError **error);

typedef struct {
    double x, y; /* pixels */
    LeukoSynthKind kind;
} LeukoSynthTruth;

/* Draw a photograph of a whole field, 1600 x 1200 px: white cells of the given kinds and red cells.
 * *truth gets an array of LeukoSynthTruth, one element per white cell; g_array_unref(). */
LeukoImage *leuko_synth_field(const LeukoSynthKind *kinds, guint n_kinds, guint group, guint index,
                              guint64 seed, GArray **truth, GError **error);

G_END_DECLS
