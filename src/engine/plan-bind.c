#include "engine/arena.h"
#include "engine/plan-internal.h"

static void use(LeukoArenaBuffer *buffer, guint step)
{
    buffer->first = MIN(buffer->first, step);
    buffer->last = MAX(buffer->last, step);
}

/* Roots first, then one scratchpad a step. What leaves the plan lives until the end. */
static LeukoArenaBuffer *collect_buffers(const LeukoPlan *plan)
{
    const LeukoLowered *lo = plan->lowered;
    guint n_roots = plan->roots->len, n_steps = plan->steps->len;
    LeukoArenaBuffer *buffers = g_new0(LeukoArenaBuffer, n_roots + n_steps);
    for (guint r = 0; r < n_roots; r++)
        buffers[r].first = G_MAXUINT;
    for (guint i = 0; i < n_steps; i++) {
        const LeukoStep *step = &g_array_index(plan->steps, LeukoStep, i);
        for (guint j = 0; j < LEUKO_MAX_INPUTS; j++)
            if (step->source_roots[j] >= 0)
                use(&buffers[step->source_roots[j]], i);
        if (step->target_root >= 0)
            use(&buffers[step->target_root], i);
        buffers[n_roots + i] = (LeukoArenaBuffer){step->scratch_bytes, i, i, 0};
    }
    use(&buffers[lo->slices[leuko_net_endpoint_layer(plan->net)].root], n_steps);
    for (guint k = 0; k < plan->kept->len; k++)
        use(&buffers[lo->slices[g_array_index(plan->kept, LeukoKept, k).layer].root], n_steps);
    for (guint r = 0; r < n_roots; r++) {
        const LeukoPlanRoot *root = leuko_plan_root(plan, r);
        if (buffers[r].first != G_MAXUINT)
            buffers[r].bytes = (gsize)root->channels * root->h * root->w * root->element_bytes;
    }
    buffers[0].bytes = plan->input_bytes;
    if (plan->input_bytes == 0)
        buffers[0].first = buffers[0].last = 0;
    return buffers;
}

/* Two layouts: what is used by early steps only, and scratchpads, is shared by all slots; the rest
 * exists once for each slot, behind it. Offsets go to the buffers. Returns the bytes of a lane. */
static gsize lay_out(LeukoPlan *plan, LeukoArenaBuffer *buffers, guint n)
{
    guint n_roots = plan->roots->len;
    g_autofree LeukoArenaBuffer *shared = g_memdup2(buffers, n * sizeof *buffers);
    for (guint b = 0; b < n; b++) {
        gboolean in_slot = b < n_roots && buffers[b].last >= plan->n_early && buffers[b].bytes > 0;
        if (b < n_roots)
            leuko_plan_root(plan, b)->in_slot = in_slot;
        if (in_slot)
            shared[b].bytes = 0;
        else
            buffers[b].bytes = 0;
    }
    gsize shared_bytes = leuko_arena_plan(shared, n);
    plan->slot_bytes = leuko_arena_plan(buffers, n);
    for (guint b = 0; b < n; b++) {
        gboolean in_slot = b < n_roots && leuko_plan_root(plan, b)->in_slot;
        buffers[b].offset = in_slot ? shared_bytes + buffers[b].offset : shared[b].offset;
    }
    return shared_bytes + plan->n_slots * plan->slot_bytes;
}

static gboolean point(const LeukoPlan *plan, const LeukoStep *step, guint place,
                      gsize scratch_offset, GError **error)
{
    for (int a = 0; a < step->n_args; a++) {
        const LeukoWhere *where = &step->where[a];
        void *data = NULL;
        switch (where->place) {
        case LEUKO_IN_IMAGE:
            continue; /* set at each run */
        case LEUKO_IN_ROOT:
            data = leuko_plan_root_data(plan, where->root, place) + where->offset;
            break;
        case LEUKO_IN_SCRATCH:
            data = plan->arena + place / plan->n_slots * plan->lane_bytes + scratch_offset;
            break;
        case LEUKO_IN_WEIGHTS:
            data = plan->weights + where->offset;
            break;
        }
        if (!leuko_dnnl_ok(dnnl_memory_set_data_handle(step->args[place][a].memory, data), error,
                           "%s", step->name))
            return FALSE;
    }
    return TRUE;
}

gboolean leuko_plan_bind(LeukoPlan *plan, GError **error)
{
    guint n_roots = plan->roots->len, n_steps = plan->steps->len;
    g_autofree LeukoArenaBuffer *buffers = collect_buffers(plan);
    plan->lane_bytes = (lay_out(plan, buffers, n_roots + n_steps) + 4095) / 4096 * 4096;
    gsize bytes = plan->n_lanes * plan->lane_bytes;
    if (bytes > plan->arena_bytes) {
        leuko_dnnl_free(plan->arena);
        plan->arena_bytes = 0;
        plan->arena = leuko_dnnl_alloc(bytes, error);
        if (!plan->arena)
            return FALSE;
        plan->arena_bytes = bytes;
    }
    for (guint r = 0; r < n_roots; r++)
        leuko_plan_root(plan, r)->offset = buffers[r].offset;
    for (guint i = 0; i < n_steps; i++)
        for (guint place = 0; place < leuko_plan_n_places(plan); place++)
            if (!point(plan, &g_array_index(plan->steps, LeukoStep, i), place,
                       buffers[n_roots + i].offset, error))
                return FALSE;
    plan->bound = TRUE;
    return TRUE;
}
