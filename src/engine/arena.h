/* engine/arena.h: one block of memory for many buffers, planned by when each is in use.
 *
 * Buffers whose times do not overlap may share addresses. Largest first, each buffer gets the
 * lowest offset that is free during its time (greedy by size: Pisarchyk and Lee 2020, arXiv
 * 2001.03288).
 */
#pragma once
#include <glib.h>

typedef struct {
    gsize bytes;
    guint first, last; /* steps that use it, both included */
    gsize offset;      /* out: a multiple of 64 */
} LeukoArenaBuffer;

/* Fill in the offsets; returns the size of the whole block. 0-byte buffers get offset 0. */
gsize leuko_arena_plan(LeukoArenaBuffer *buffers, guint n);
