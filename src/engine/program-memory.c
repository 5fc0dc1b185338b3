#include "engine/program-memory.h"
#include "engine/arena.h"

static void use(LeukoArenaBuffer *buffer, guint step)
{
    buffer->first = MIN(buffer->first, step);
    buffer->last = MAX(buffer->last, step);
}

/* The roots, then one workspace per step; g_free. The endpoint and the kept layers are in use until
 * the end of the run. */
static LeukoArenaBuffer *collect_buffers(const LeukoProgram *program, const guint *kept,
                                         guint n_kept)
{
    const LeukoLowered *lo = program->lowered;
    guint n_roots = program->roots->len, n_steps = program->steps->len;
    LeukoArenaBuffer *buffers = g_new0(LeukoArenaBuffer, n_roots + n_steps);
    for (guint r = 0; r < n_roots; r++)
        buffers[r].first = G_MAXUINT;
    for (guint i = 0; i < n_steps; i++) {
        const LeukoStep *step = &g_array_index(program->steps, LeukoStep, i);
        for (guint j = 0; j < LEUKO_MAX_INPUTS; j++)
            if (step->source_roots[j] >= 0)
                use(&buffers[step->source_roots[j]], i);
        if (step->target_root >= 0)
            use(&buffers[step->target_root], i);
        buffers[n_roots + i] = (LeukoArenaBuffer){step->workspace_bytes, i, i, 0};
    }
    use(&buffers[lo->slices[leuko_net_endpoint_layer(program->net)].root], n_steps);
    for (guint k = 0; k < n_kept; k++)
        use(&buffers[lo->slices[kept[k]].root], n_steps);
    for (guint r = 0; r < n_roots; r++) {
        const LeukoProgramRoot *root = leuko_program_root(program, r);
        if (buffers[r].first != G_MAXUINT)
            buffers[r].bytes = (gsize)root->channels * root->h * root->w * root->element_bytes;
    }
    buffers[0].bytes = program->input_bytes;
    if (program->input_bytes == 0)
        buffers[0].first = buffers[0].last = 0;
    return buffers;
}

LeukoMemoryPlan *leuko_memory_plan_new(const LeukoProgram *program, const guint *kept, guint n_kept)
{
    guint n_roots = program->roots->len, n_steps = program->steps->len, n = n_roots + n_steps;
    g_autofree LeukoArenaBuffer *per_image = collect_buffers(program, kept, n_kept);
    g_autofree LeukoArenaBuffer *shared = g_memdup2(per_image, n * sizeof *shared);
    LeukoMemoryPlan *plan = g_new0(LeukoMemoryPlan, 1);
    plan->root_offset = g_new0(gsize, n_roots);
    plan->per_image = g_new0(gboolean, n_roots);
    plan->workspace_offset = g_new0(gsize, n_steps);
    for (guint b = 0; b < n; b++) {
        gboolean late =
            b < n_roots && per_image[b].last >= program->n_early && per_image[b].bytes > 0;
        if (b < n_roots)
            plan->per_image[b] = late;
        *(late ? &shared[b].bytes : &per_image[b].bytes) = 0;
    }
    gsize shared_bytes = leuko_arena_plan(shared, n);
    plan->image_bytes = leuko_arena_plan(per_image, n);
    for (guint r = 0; r < n_roots; r++)
        plan->root_offset[r] =
            plan->per_image[r] ? shared_bytes + per_image[r].offset : shared[r].offset;
    for (guint i = 0; i < n_steps; i++)
        plan->workspace_offset[i] = shared[n_roots + i].offset;
    gsize bytes = shared_bytes + program->chunk_images * plan->image_bytes;
    plan->worker_bytes = (bytes + 4095) / 4096 * 4096;
    return plan;
}

void leuko_memory_plan_free(LeukoMemoryPlan *plan)
{
    if (!plan)
        return;
    g_free(plan->root_offset);
    g_free(plan->per_image);
    g_free(plan->workspace_offset);
    g_free(plan);
}
