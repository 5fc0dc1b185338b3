/* engine/program-memory.h: where the memory of a state lies in its arena.
 *
 * A worker's part of the arena holds the tensors that only early steps use and all workspaces once,
 * and behind them the other tensors once per image of the chunk. Within each of the two, tensors
 * and workspaces whose times do not overlap share addresses (engine/arena.h).
 */
#pragma once
#include "engine/program-parts.h"

/* The plan for states that keep n_kept layers: (n_kept) indices into the net. Free with
 * leuko_memory_plan_free(). */
LeukoMemoryPlan *leuko_memory_plan_new(const LeukoProgram *program, const guint *kept,
                                       guint n_kept);
void leuko_memory_plan_free(LeukoMemoryPlan *plan); /* NULL does nothing */
