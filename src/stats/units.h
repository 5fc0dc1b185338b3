/* stats/units.h: what may be taken as independent in an evaluation: images, or their groups.
 * Threads: no shared state; a constant value may be read by any thread.
 */
#pragma once
#include "stats/metric-types.h"

G_BEGIN_DECLS

typedef enum {
    LEUKO_BY_IMAGES,      /* no groups: each image is a unit */
    LEUKO_BY_GROUPS,      /* each group is a unit */
    LEUKO_TOO_FEW_GROUPS, /* a class has fewer than LEUKO_MIN_GROUPS groups: no intervals */
} LeukoRegime;

typedef struct {
    LeukoRegime regime;
    guint n_units, n_groups;
    guint *unit;         /* (N) index of each image's unit */
    const char **names;  /* (n_groups) rising; borrowed from the input; "" without a group */
    guint *class_n;      /* (K) images of each class */
    guint *class_groups; /* (K) groups with an image of each class */
    /* Units are redrawn within strata: the classes, if every unit has images of one class only;
     * otherwise all units form one stratum, as strata of mixed groups would be too small. */
    guint *stratum; /* (n_units) */
    guint n_strata;
    const char *reason; /* LEUKO_TOO_FEW_GROUPS: "not estimable: ...", interned; else NULL */
} LeukoUnits;

/* `input` must be one that leuko_evaluate() accepts; it must outlive the result. */
LeukoUnits *leuko_units_new(const LeukoEvalInput *input);
void leuko_units_free(LeukoUnits *units);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoUnits, leuko_units_free)

/* Number n names in their order, equal names alike: unit (n) gets each one's index. Returns the
 * distinct names, rising, *n_names of them, borrowed; g_free. */
const char **leuko_groups_number(const char *const *names, guint n, guint *unit, guint *n_names);

/* The smallest of n >= 1 counts. */
guint leuko_smallest(const guint *counts, guint n);

G_END_DECLS
