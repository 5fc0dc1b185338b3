#include "engine/arena.h"

static gsize rounded(gsize bytes) { return (bytes + 63) / 64 * 64; }

static gint by_size(gconstpointer a, gconstpointer b, gpointer buffers)
{
    const LeukoArenaBuffer *all = buffers;
    guint i = *(const guint *)a, j = *(const guint *)b;
    if (all[i].bytes != all[j].bytes)
        return all[i].bytes > all[j].bytes ? -1 : 1;
    return i < j ? -1 : i > j;
}

/* The lowest offset for buffers[which] that is free while it is in use.
 * assigned  (n) indices of the buffers that already have an offset */
static gsize lowest_offset(const LeukoArenaBuffer *buffers, guint which, const guint *assigned,
                           guint n)
{
    const LeukoArenaBuffer *b = &buffers[which];
    gsize offset = 0;
    for (gboolean moved = TRUE; moved;) {
        moved = FALSE;
        for (guint k = 0; k < n; k++) {
            const LeukoArenaBuffer *other = &buffers[assigned[k]];
            gboolean together = b->first <= other->last && other->first <= b->last;
            if (together && offset < other->offset + rounded(other->bytes) &&
                other->offset < offset + rounded(b->bytes)) {
                offset = other->offset + rounded(other->bytes);
                moved = TRUE;
            }
        }
    }
    return offset;
}

gsize leuko_arena_plan(LeukoArenaBuffer *buffers, guint n)
{
    g_autofree guint *order = g_new(guint, n);
    gsize total = 0;
    guint n_used = 0;
    for (guint i = 0; i < n; i++) {
        buffers[i].offset = 0;
        if (buffers[i].bytes > 0)
            order[n_used++] = i;
    }
    g_qsort_with_data(order, (gint)n_used, sizeof *order, by_size, buffers);
    for (guint k = 0; k < n_used; k++) {
        LeukoArenaBuffer *b = &buffers[order[k]];
        b->offset = lowest_offset(buffers, order[k], order, k);
        total = MAX(total, b->offset + rounded(b->bytes));
    }
    return total;
}
