#include "engine/state.h"
#include "engine/program-concat.h"
#include "engine/program-memory.h"
#include "engine/state-output.h"
#include "engine/state-parts.h"
#include "leuko/error.h"

/* --- building --------------------------------------------------------------------------------- */

static gboolean keep(LeukoState *state, const char *const *names, GError **error)
{
    const LeukoProgram *program = state->program;
    guint n = names ? g_strv_length((gchar **)names) : 0;
    g_autofree guint *layers = g_new(guint, n);
    state->kept = g_new0(LeukoKept, n);
    for (guint i = 0; i < n; i++) {
        gint layer = leuko_net_find(program->net, names[i]);
        if (layer <= 0 || program->lowered->slices[layer].n == 0) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                        "%s: not a layer of the program, or merged with another layer", names[i]);
            return FALSE;
        }
        const LeukoLayer *l = leuko_net_layer(program->net, (guint)layer);
        gsize values = (gsize)program->options.batch * l->out_channels * l->out_h * l->out_w;
        layers[i] = state->kept[i].layer = (guint)layer;
        state->kept[state->n_kept++].data = leuko_dnnl_alloc(values * sizeof(float), error);
        if (!state->kept[i].data)
            return FALSE;
    }
    if (n > 0)
        state->own_memory = leuko_memory_plan_new(program, layers, n);
    state->memory = n > 0 ? state->own_memory : program->memory;
    return TRUE;
}

/* The memory object of one argument for one position; each run sets the caller's image. */
static dnnl_memory_t new_memory(const LeukoState *state, guint step, const LeukoStepArg *arg,
                                guint position, GError **error)
{
    guint worker = position / state->program->chunk_images;
    const LeukoLocation *location = &arg->location;
    void *data = NULL;
    switch (location->kind) {
    case LEUKO_IN_IMAGE:
        break;
    case LEUKO_IN_ROOT:
        data = leuko_state_root_data(state, location->root, position) + location->offset;
        break;
    case LEUKO_IN_WORKSPACE:
        data = state->arena + worker * state->memory->worker_bytes +
               state->memory->workspace_offset[step];
        break;
    case LEUKO_IN_WEIGHTS:
        data = state->program->weights + location->offset;
        break;
    }
    return leuko_dnnl_memory_new(arg->md, data, error);
}

static gboolean make_args(LeukoState *state, GError **error)
{
    const LeukoProgram *program = state->program;
    guint n_positions = leuko_program_n_positions(program);
    state->args = g_malloc0_n((gsize)program->steps->len * n_positions, sizeof *state->args);
    for (guint s = 0; s < program->steps->len; s++) {
        const LeukoStep *step = &g_array_index(program->steps, LeukoStep, s);
        for (guint p = 0; p < n_positions; p++) {
            dnnl_exec_arg_t *args = leuko_state_args(state, s, p);
            for (int a = 0; a < step->n_args; a++) {
                args[a] = (dnnl_exec_arg_t){step->args[a].arg,
                                            new_memory(state, s, &step->args[a], p, error)};
                if (!args[a].memory)
                    return FALSE;
            }
        }
    }
    return TRUE;
}

static gboolean make_results(LeukoState *state, GError **error)
{
    const LeukoProgram *program = state->program;
    gsize batch = program->options.batch, n_classes = leuko_net_spec(program->net)->n_classes;
    LeukoSlice endpoint = program->lowered->slices[leuko_net_endpoint_layer(program->net)];
    state->n_sums = leuko_program_root(program, endpoint.root)->block;
    state->sums = g_new(double, (gsize)program->n_workers * state->n_sums);
    state->features =
        leuko_dnnl_alloc(batch * leuko_net_feature_channels(program->net) * sizeof(float), error);
    if (!state->features || n_classes == 0)
        return state->features != NULL;
    state->logits = leuko_dnnl_alloc(batch * n_classes * sizeof(float), error);
    state->probabilities =
        state->logits ? leuko_dnnl_alloc(batch * n_classes * sizeof(float), error) : NULL;
    return state->probabilities != NULL;
}

LeukoState *leuko_state_new(LeukoProgram *program, const char *const *kept, GError **error)
{
    g_autoptr(LeukoState) state = g_new0(LeukoState, 1);
    state->program = leuko_program_ref(program);
    if (!keep(state, kept, error))
        return NULL;
    state->arena_bytes = program->n_workers * state->memory->worker_bytes;
    state->arena = leuko_dnnl_alloc(state->arena_bytes, error);
    if (!state->arena || !make_results(state, error) || !make_args(state, error))
        return NULL;
    state->streams = g_new0(dnnl_stream_t, program->n_workers);
    for (guint i = 0; i < program->n_workers; i++)
        if (!(state->streams[i] = leuko_dnnl_stream_new(error)))
            return NULL;
    return g_steal_pointer(&state);
}

LeukoState *leuko_state_take(LeukoProgram *program, const char *const *kept, GError **error)
{
    LeukoState *state = program ? leuko_state_new(program, kept, error) : NULL;
    leuko_program_unref(program);
    return state;
}

static void free_args(LeukoState *state)
{
    guint n = state->program->steps->len * leuko_program_n_positions(state->program);
    for (guint i = 0; state->args && i < n; i++)
        for (int a = 0; a < LEUKO_STEP_MAX_ARGS; a++)
            if (state->args[i][a].memory)
                dnnl_memory_destroy(state->args[i][a].memory);
    g_free(state->args);
}

void leuko_state_free(LeukoState *state)
{
    if (!state)
        return;
    leuko_thread_pool_free(state->workers);
    free_args(state);
    for (guint i = 0; state->streams && i < state->program->n_workers; i++)
        dnnl_stream_destroy(state->streams[i]);
    g_free(state->streams);
    for (guint k = 0; k < state->n_kept; k++)
        leuko_dnnl_free(state->kept[k].data);
    g_free(state->kept);
    leuko_dnnl_free(state->arena);
    leuko_dnnl_free(state->features);
    leuko_dnnl_free(state->logits);
    leuko_dnnl_free(state->probabilities);
    g_free(state->sums);
    leuko_memory_plan_free(state->own_memory);
    leuko_program_unref(state->program);
    g_free(state);
}

/* --- running ---------------------------------------------------------------------------------- */

static void run_concat(const LeukoState *state, const LeukoStep *step, guint position)
{
    const guint8 *from[LEUKO_MAX_INPUTS];
    for (int i = 0; i + 1 < step->n_args; i++)
        from[i] = leuko_state_root_data(state, (guint)step->source_roots[i], position);
    leuko_program_run_concat(state->program, step, from,
                             leuko_state_root_data(state, (guint)step->target_root, position));
}

static gboolean run_step(const LeukoState *state, guint index, guint position, const float *image,
                         GError **error)
{
    const LeukoStep *step = &g_array_index(state->program->steps, LeukoStep, index);
    const dnnl_exec_arg_t *args = leuko_state_args(state, index, position);
    dnnl_stream_t stream = state->streams[position / state->program->chunk_images];
    if (!step->primitive) {
        run_concat(state, step, position);
        return TRUE;
    }
    for (int a = 0; a < step->n_args; a++)
        if (step->args[a].location.kind == LEUKO_IN_IMAGE &&
            !leuko_dnnl_ok(dnnl_memory_set_data_handle(args[a].memory, (void *)image), error, "%s",
                           step->name))
            return FALSE;
    return leuko_dnnl_ok(dnnl_primitive_execute(step->primitive, stream, step->n_args, args), error,
                         "%s", step->name);
}

/* Run one chunk of n <= chunk_images images: rows first, first + 1, ... of the results. */
static gboolean run_chunk(LeukoState *state, guint worker, guint first, guint n,
                          const float *x_nchw, GError **error)
{
    const LeukoProgram *program = state->program;
    gsize side = leuko_net_spec(program->net)->side_px, values = 3 * side * side;
    guint position = worker * program->chunk_images;
    for (guint i = 0; i < n; i++)
        for (guint s = 0; s < program->n_early; s++)
            if (!run_step(state, s, position + i, x_nchw + (first + i) * values, error))
                return FALSE;
    for (guint s = program->n_early; s < program->steps->len; s++)
        for (guint i = 0; i < n; i++)
            if (!run_step(state, s, position + i, x_nchw + (first + i) * values, error))
                return FALSE;
    if (!leuko_dnnl_ok(dnnl_stream_wait(state->streams[worker]), error, "stream"))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        leuko_state_take_mean(state, position + i, first + i);
        leuko_state_take_kept(state, position + i, first + i);
    }
    return TRUE;
}

/* A run: the workers take its images chunk by chunk. */
typedef struct {
    LeukoState *state;
    guint n, chunk; /* images of the run, and of a chunk (<= chunk_images) */
    const float *x_nchw;
    gint next;     /* atomic: the first image that no worker has taken */
    GError *error; /* atomic: the error of the first worker that failed */
} Run;

static void run_worker(guint worker, gpointer data)
{
    Run *run = data;
    guint first;
    while ((first = (guint)g_atomic_int_add(&run->next, (gint)run->chunk)) < run->n) {
        GError *error = NULL;
        guint n = MIN(run->chunk, run->n - first);
        if (run_chunk(run->state, worker, first, n, run->x_nchw, &error))
            continue;
        if (!g_atomic_pointer_compare_and_exchange(&run->error, NULL, error))
            g_error_free(error);
        return;
    }
}

static gboolean run_workers(LeukoState *state, guint n, const float *x_nchw, GError **error)
{
    const LeukoProgram *program = state->program;
    guint share = (n + program->n_workers - 1) / program->n_workers;
    Run run = {state, n, CLAMP(share, 1, program->chunk_images), x_nchw, 0, NULL};
    if (!state->workers)
        state->workers = leuko_thread_pool_new(program->n_workers, program->worker_threads, error);
    if (!state->workers)
        return FALSE;
    leuko_thread_pool_run(state->workers, MIN(n, program->n_workers), run_worker, &run);
    if (run.error)
        g_propagate_error(error, run.error);
    return !run.error;
}

gboolean leuko_state_run(LeukoState *state, guint n, const float *x_nchw, GError **error)
{
    g_assert(state && x_nchw);
    if (n < 1 || n > state->program->options.batch) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%u images for a program of batch %u: must be 1 to %u", n,
                    state->program->options.batch, state->program->options.batch);
        return FALSE;
    }
    int before = leuko_dnnl_set_threads((int)state->program->worker_threads);
    gboolean ok = run_workers(state, n, x_nchw, error) && leuko_state_classify(state, n, error);
    leuko_dnnl_set_threads(before);
    return ok;
}

gboolean leuko_state_run_timed(LeukoState *state, const float *x_nchw, double *seconds,
                               GError **error)
{
    g_assert(state && x_nchw && seconds);
    int before = leuko_dnnl_set_threads((int)state->program->worker_threads);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < state->program->steps->len; i++) {
        gint64 start = g_get_monotonic_time();
        ok = run_step(state, i, 0, x_nchw, error); /* returns after the last thread has finished */
        seconds[i] = (double)(g_get_monotonic_time() - start) * 1e-6;
    }
    if (ok) {
        leuko_state_take_mean(state, 0, 0);
        leuko_state_take_kept(state, 0, 0);
        ok = leuko_state_classify(state, 1, error);
    }
    leuko_dnnl_set_threads(before);
    return ok;
}

/* --- results ---------------------------------------------------------------------------------- */

const LeukoProgram *leuko_state_program(const LeukoState *state) { return state->program; }
gsize leuko_state_memory_bytes(const LeukoState *state) { return state->arena_bytes; }
const float *leuko_state_features(const LeukoState *state) { return state->features; }
const float *leuko_state_logits(const LeukoState *state) { return state->logits; }
const float *leuko_state_probabilities(const LeukoState *state) { return state->probabilities; }

const float *leuko_state_kept(const LeukoState *state, const char *name)
{
    gint layer = leuko_net_find(state->program->net, name);
    for (guint k = 0; k < state->n_kept; k++)
        if ((gint)state->kept[k].layer == layer)
            return state->kept[k].data;
    return NULL;
}
