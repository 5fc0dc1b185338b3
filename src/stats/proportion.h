/* stats/proportion.h: the 95 % interval of a proportion whose images come in groups.
 *
 * Korn and Graubard, Survey Methodology 24 (1998) 193: the bounds of Clopper and Pearson at the
 * effective number of images, p (1 - p) / v, times (t(n - 1) / t(df))^2. v is the linearized
 * variance of the ratio p = sum of hits / sum of counts over groups in strata (Cochran, Sampling
 * Techniques, 1977, section 6.13); df is the number of groups with counts less that of their
 * strata. The effective number is at most n, as in the standard of the National Center for Health
 * Statistics (Series 2, number 175, 2017). It equals svyciprop(method = "beta") of R's survey.
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/interval.h"

G_BEGIN_DECLS

/* All arrays are borrowed.
 * stratum  (n_units) 0..n_strata-1 of each group; each has at least two groups
 * hits     (n_units) images of the group that count as successes
 * counts   (n_units) images of the group that count; 0: the group says nothing */
typedef struct {
    guint n_units, n_strata;
    const guint *stratum, *hits, *counts;
} LeukoGroupedCounts;

typedef struct {
    LeukoInterval interval; /* NAN: no count, no degree of freedom, or all_equal */
    guint n_groups;         /* with counts */
    gboolean all_equal;     /* no group's share differs from the proportion: no variance to use */
} LeukoGroupedProportion;

/* Cost: linear in n_units. */
LeukoGroupedProportion leuko_korn_graubard(const LeukoGroupedCounts *groups);

G_END_DECLS
