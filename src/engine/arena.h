/* engine/arena.h: plans one block of memory for many buffers.
 *
 * Buffers that are never in use at the same time may share addresses. The largest buffer comes
 * first. Each buffer gets the lowest offset that is free while it is in use (greedy by size:
 * Pisarchyk and Lee 2020, arXiv 2001.03288).
 */
#pragma once
#include <glib.h>

typedef struct {
    gsize bytes;
    guint first, last; /* first and last step that use the buffer */
    gsize offset;      /* out: bytes from the start of the block, a multiple of 64 */
} LeukoArenaBuffer;

/* Set the offsets and return the size of the block in bytes. Empty buffers get offset 0. */
gsize leuko_arena_plan(LeukoArenaBuffer *buffers, guint n);
