/* image/views.h: the eight orientations of a square network input, which has no top and no left
 * side where it shows a cell under a microscope.
 *
 * View 0 is the input itself, 1 turned by a half turn, 2 by a quarter turn clockwise, 3 by three
 * quarters; views 4 to 7 are views 0 to 3 mirrored. The first 1, 2, 4 or 8 views are used.
 */
#pragma once
#include <glib.h>

enum { LEUKO_MAX_VIEWS = 8 };

/* TRUE for 1, 2, 4 and 8. */
gboolean leuko_views_possible(guint n_views);

/* Write one view of a planar input: x_chw, out_chw (3, S, S), not overlapping; view 0 to 7. */
void leuko_view_make(const float *x_chw, guint side_px, guint view, float *out_chw);

/* Turn a map of a view back: plane, out (S, S), not overlapping. */
void leuko_view_undo(const float *plane, guint side, guint view, float *out);
