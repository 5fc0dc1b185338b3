/* study/crossval-units.h: which images must be on the same side of every fold. */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    guint n_units;
    guint n_near;  /* images that are copies of an earlier image of another source */
    guint n_links; /* of these, images whose group differs from that of the earlier image */
    guint link[2]; /* the first two of them; valid if n_links > 0 */
} LeukoUnitCounts;

/* Number the units 0..n_units-1 in the order of their first records. Records are in one unit if
 * they have the same group or the same source, or are copies of each other, and if a chain of such
 * pairs connects them.
 * groups   (n); "": unknown
 * sources  (n)
 * copy_of  (n) the lowest record of the cluster of copies of each, or itself
 * unit     (n) output */
LeukoUnitCounts leuko_crossval_find_units(const char *const *groups, const char *const *sources,
                                          const guint *copy_of, guint n, guint *unit);

G_END_DECLS
