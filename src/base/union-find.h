/* base/union-find.h: sets of items that are joined: which items belong together.
 *
 * parents (n): at first each item is its own parent. The lowest item of a set represents it.
 */
#pragma once
#include <glib.h>

/* The representative of item i. */
static inline guint leuko_union_find(guint *parents, guint i)
{
    while (parents[i] != i)
        i = parents[i] = parents[parents[i]];
    return i;
}

static inline void leuko_union_join(guint *parents, guint a, guint b)
{
    guint x = leuko_union_find(parents, a), y = leuko_union_find(parents, b);
    parents[MAX(x, y)] = MIN(x, y);
}
