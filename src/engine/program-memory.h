/* engine/program-memory.h: plans the arena of a state.
 *
 * Each worker has a part of the arena. Its first section has one copy of all workspaces and of the
 * tensors that only early steps use. Its second section has one copy of the other tensors per image
 * of the chunk. Within a section, buffers that are never in use at the same time share addresses
 * (engine/arena.h).
 */
#pragma once
#include "engine/program-parts.h"

/* Plan the memory of states that keep the layers `kept`, (n_kept) indices in the net. Free with
 * leuko_memory_plan_free(). */
LeukoMemoryPlan *leuko_memory_plan_new(const LeukoProgram *program, const guint *kept,
                                       guint n_kept);
void leuko_memory_plan_free(LeukoMemoryPlan *plan); /* NULL does nothing */
