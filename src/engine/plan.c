#include "engine/plan-internal.h"
#include "engine/processor.h"
#include "leuko/error.h"
#include <string.h>

static gboolean check_options(const LeukoPlanOptions *options, GError **error)
{
    if (options->batch < 1 || options->batch > 256) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "batch of %u images: must be 1 to 256", options->batch);
        return FALSE;
    }
    if (options->precision == LEUKO_BF16 && !leuko_processor_has_bf16()) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "bf16 needs AVX-512; this processor runs %s: use fp32",
                    leuko_processor_isa_name());
        return FALSE;
    }
    if (options->precision == LEUKO_INT8) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "int8 needs calibrated ranges: compile the model first");
        return FALSE;
    }
    return TRUE;
}

/* Copy of the head's weights (C, K) and biases (K). */
gboolean leuko_plan_take_head(LeukoPlan *plan, const LeukoParams *params, GError **error)
{
    guint n_classes = leuko_net_spec(plan->net)->n_classes, batch = plan->options.batch;
    gsize n_channels = leuko_net_feature_channels(plan->net);
    LeukoSlice endpoint = plan->lowered->slices[leuko_net_endpoint_layer(plan->net)];
    plan->n_sums = leuko_plan_root(plan, endpoint.root)->block;
    plan->sums = g_new(double, (gsize)plan->n_lanes * plan->n_sums);
    plan->features = leuko_dnnl_alloc(batch * n_channels * sizeof(float), error);
    if (!plan->features)
        return FALSE;
    if (n_classes == 0)
        return TRUE;
    const LeukoTensor *w = leuko_params_find(params, LEUKO_HEAD_WEIGHTS);
    const LeukoTensor *b = leuko_params_find(params, LEUKO_HEAD_BIASES);
    plan->head_weights = leuko_dnnl_alloc(w->n_values * sizeof(float), error);
    plan->head_bias = g_memdup2(b->data, b->n_values * sizeof(float));
    plan->logits = leuko_dnnl_alloc((gsize)batch * n_classes * sizeof(float), error);
    plan->probabilities = leuko_dnnl_alloc((gsize)batch * n_classes * sizeof(float), error);
    if (!plan->head_weights || !plan->logits || !plan->probabilities)
        return FALSE;
    memcpy(plan->head_weights, w->data, w->n_values * sizeof(float));
    return TRUE;
}

/* Groups of 2 to 8 images measured alike; memory grows by each. */
static void choose_lanes(LeukoPlan *plan)
{
    guint batch = plan->options.batch;
    guint n_threads =
        plan->options.n_threads ? plan->options.n_threads : (guint)leuko_dnnl_set_threads(0);
    plan->n_lanes = MIN(batch, n_threads);
    plan->lane_threads = n_threads / plan->n_lanes;
    plan->n_slots = MIN((batch + plan->n_lanes - 1) / plan->n_lanes, 4);
}

gboolean leuko_plan_make_streams(LeukoPlan *plan, GError **error)
{
    plan->streams = g_new0(dnnl_stream_t, plan->n_lanes);
    for (guint i = 0; i < plan->n_lanes; i++)
        if (!(plan->streams[i] = leuko_dnnl_stream_new(error)))
            return FALSE;
    return TRUE;
}

LeukoPlan *leuko_plan_skeleton(const LeukoNet *net, const LeukoPlanOptions *options,
                               const LeukoLowerOptions *how, GError **error)
{
    g_autoptr(LeukoPlan) plan = g_new0(LeukoPlan, 1);
    plan->n_holders = 1;
    plan->options = *options;
    plan->roots = g_array_new(FALSE, TRUE, sizeof(LeukoPlanRoot));
    plan->steps = g_array_new(FALSE, TRUE, sizeof(LeukoStep));
    plan->kept = g_array_new(FALSE, TRUE, sizeof(LeukoKept));
    choose_lanes(plan);
    plan->net = leuko_net_new(leuko_net_spec(net), error);
    if (!plan->net || !leuko_plan_make_streams(plan, error))
        return NULL;
    plan->lowered = leuko_lower(plan->net, how);
    return g_steal_pointer(&plan);
}

LeukoPlan *leuko_plan_new_as(const LeukoNet *net, const LeukoParams *params,
                             const LeukoPlanOptions *options, gboolean channels_last,
                             GError **error)
{
    /* a slice of a channels-last tensor is strided: no primitive writes or reads one */
    const LeukoLowerOptions how = {
        .align = 16, .merge = !channels_last, .commute_pools = TRUE, .in_place = !channels_last};
    if (!check_options(options, error) || !leuko_params_check(params, net, "parameters", error))
        return NULL;
    g_autoptr(LeukoPlan) plan = leuko_plan_skeleton(net, options, &how, error);
    if (!plan)
        return NULL;
    plan->channels_last = channels_last;
    int before = leuko_dnnl_set_threads((int)plan->lane_threads);
    gboolean ok = leuko_plan_build(plan, params, error) &&
                  leuko_plan_take_head(plan, params, error) && leuko_plan_bind(plan, error);
    leuko_dnnl_set_threads(before);
    return ok ? g_steal_pointer(&plan) : NULL;
}

/* oneDNN's AMX convolutions take channels-last only: on blocked tensors bf16 was a fifth as fast
 * there. */
LeukoPlan *leuko_plan_new(const LeukoNet *net, const LeukoParams *params,
                          const LeukoPlanOptions *options, GError **error)
{
    gboolean channels_last = options->precision == LEUKO_BF16 && leuko_processor_has_amx();
    return leuko_plan_new_as(net, params, options, channels_last, error);
}

static void free_steps(LeukoPlan *plan)
{
    for (guint i = 0; plan->steps && i < plan->steps->len; i++) {
        LeukoStep *step = &g_array_index(plan->steps, LeukoStep, i);
        for (guint place = 0; step->args && place < leuko_plan_n_places(plan); place++)
            for (int a = 0; a < step->n_args; a++)
                dnnl_memory_destroy(step->args[place][a].memory);
        g_free(step->args);
        if (step->primitive && !plan->base)
            dnnl_primitive_destroy(step->primitive);
        if (step->desc && !plan->base)
            dnnl_primitive_desc_destroy(step->desc);
        g_free(step->name);
    }
    g_clear_pointer(&plan->steps, g_array_unref);
}

/* What plans share. */
static void free_shared(LeukoPlan *plan)
{
    for (guint i = 0; plan->layer_scale && i < leuko_net_n_layers(plan->net); i++)
        g_free(plan->layer_scale[i]);
    g_free(plan->layer_scale);
    leuko_lowered_free(plan->lowered);
    leuko_net_free(plan->net);
    leuko_dnnl_free(plan->weights);
    leuko_dnnl_free(plan->head_weights);
    g_free(plan->head_bias);
}

static void free_plan(LeukoPlan *plan)
{
    free_steps(plan);
    for (guint k = 0; plan->kept && k < plan->kept->len; k++)
        leuko_dnnl_free(g_array_index(plan->kept, LeukoKept, k).data);
    g_clear_pointer(&plan->roots, g_array_unref);
    g_clear_pointer(&plan->kept, g_array_unref);
    leuko_team_free(plan->team);
    for (guint i = 0; plan->streams && i < plan->n_lanes; i++)
        dnnl_stream_destroy(plan->streams[i]);
    g_free(plan->streams);
    leuko_dnnl_free(plan->arena);
    leuko_dnnl_free(plan->features);
    leuko_dnnl_free(plan->logits);
    leuko_dnnl_free(plan->probabilities);
    g_free(plan->sums);
    if (!plan->base)
        free_shared(plan);
    g_free(plan);
}

/* A base lives until its owner and the last plan that shares it have let go: each counts as one. */
void leuko_plan_free(LeukoPlan *plan)
{
    if (!plan)
        return;
    LeukoPlan *base = plan->base ? plan->base : plan;
    if (plan->base)
        free_plan(plan);
    if (g_atomic_int_dec_and_test(&base->n_holders))
        free_plan(base);
}

static LeukoKept *find_kept(const LeukoPlan *plan, const char *name)
{
    gint layer = leuko_net_find(plan->net, name);
    for (guint k = 0; k < plan->kept->len; k++)
        if ((gint)g_array_index(plan->kept, LeukoKept, k).layer == layer)
            return &g_array_index(plan->kept, LeukoKept, k);
    return NULL;
}

gboolean leuko_plan_keep(LeukoPlan *plan, const char *name, GError **error)
{
    gint layer = leuko_net_find(plan->net, name);
    LeukoSlice slice = layer > 0 ? plan->lowered->slices[layer] : (LeukoSlice){0};
    if (slice.n == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: no layer of this plan's trunk, or one that it merges away", name);
        return FALSE;
    }
    if (find_kept(plan, name))
        return TRUE;
    const LeukoLayer *l = leuko_net_layer(plan->net, (guint)layer);
    gsize values = (gsize)plan->options.batch * l->out_channels * l->out_h * l->out_w;
    LeukoKept kept = {(guint)layer, leuko_dnnl_alloc(values * sizeof(float), error)};
    if (!kept.data)
        return FALSE;
    g_array_append_val(plan->kept, kept);
    plan->bound = FALSE;
    return TRUE;
}

static gboolean run_step(const LeukoPlan *plan, guint index, guint place, const float *image,
                         GError **error)
{
    const LeukoStep *step = &g_array_index(plan->steps, LeukoStep, index);
    const dnnl_exec_arg_t *args = step->args[place];
    dnnl_stream_t stream = plan->streams[place / plan->n_slots];
    if (!step->primitive)
        return leuko_plan_run_concat(plan, step, place, error);
    for (int a = 0; a < step->n_args; a++)
        if (step->where[a].place == LEUKO_IN_IMAGE &&
            !leuko_dnnl_ok(dnnl_memory_set_data_handle(args[a].memory, (void *)image), error, "%s",
                           step->name))
            return FALSE;
    return leuko_dnnl_ok(dnnl_primitive_execute(step->primitive, stream, step->n_args, args), error,
                         "%s", step->name);
}

/* One group of n <= n_slots images, rows first, first + 1, ... of the results. */
static gboolean run_group(LeukoPlan *plan, guint lane, guint first, guint n, const float *x_nchw,
                          GError **error)
{
    gsize side = leuko_net_spec(plan->net)->side_px, values = 3 * side * side;
    guint place = lane * plan->n_slots;
    for (guint i = 0; i < n; i++)
        for (guint s = 0; s < plan->n_early; s++)
            if (!run_step(plan, s, place + i, x_nchw + (first + i) * values, error))
                return FALSE;
    for (guint s = plan->n_early; s < plan->steps->len; s++)
        for (guint i = 0; i < n; i++)
            if (!run_step(plan, s, place + i, x_nchw + (first + i) * values, error))
                return FALSE;
    if (!leuko_dnnl_ok(dnnl_stream_wait(plan->streams[lane]), error, "stream"))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        leuko_plan_take_mean(plan, place + i, first + i);
        leuko_plan_take_kept(plan, place + i, first + i);
    }
    return TRUE;
}

/* A run's images, taken group by group by whichever lane is free. */
typedef struct {
    LeukoPlan *plan;
    guint n, group; /* images: all, and of a group, <= n_slots */
    const float *x_nchw;
    gint next;     /* atomic: the first image that nobody has taken */
    GError *error; /* atomic: of one lane that failed */
} Run;

static void run_lane(guint lane, gpointer data)
{
    Run *run = data;
    guint first;
    while ((first = (guint)g_atomic_int_add(&run->next, (gint)run->group)) < run->n) {
        GError *error = NULL;
        if (run_group(run->plan, lane, first, MIN(run->group, run->n - first), run->x_nchw, &error))
            continue;
        if (!g_atomic_pointer_compare_and_exchange(&run->error, NULL, error))
            g_error_free(error);
        return;
    }
}

static gboolean run_lanes(LeukoPlan *plan, guint n, const float *x_nchw, GError **error)
{
    Run run = {plan,   n, CLAMP((n + plan->n_lanes - 1) / plan->n_lanes, 1, plan->n_slots),
               x_nchw, 0, NULL};
    if (!plan->team)
        plan->team = leuko_team_new(plan->n_lanes, plan->lane_threads, error);
    if (!plan->team)
        return FALSE;
    leuko_team_run(plan->team, MIN(n, plan->n_lanes), run_lane, &run);
    if (run.error)
        g_propagate_error(error, run.error);
    return !run.error;
}

gboolean leuko_plan_run(LeukoPlan *plan, guint n, const float *x_nchw, GError **error)
{
    g_assert(plan && x_nchw);
    if (n < 1 || n > plan->options.batch) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "%u images for a plan of 1 to %u", n,
                    plan->options.batch);
        return FALSE;
    }
    if (!plan->bound && !leuko_plan_bind(plan, error))
        return FALSE;
    int before = leuko_dnnl_set_threads((int)plan->lane_threads);
    gboolean ok = run_lanes(plan, n, x_nchw, error) && leuko_plan_classify(plan, n, error);
    leuko_dnnl_set_threads(before);
    return ok;
}

gboolean leuko_plan_run_timed(LeukoPlan *plan, const float *x_nchw, double *seconds, GError **error)
{
    g_assert(plan && x_nchw && seconds);
    if (!plan->bound && !leuko_plan_bind(plan, error))
        return FALSE;
    int before = leuko_dnnl_set_threads((int)plan->lane_threads);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < plan->steps->len;
         i++) { /* the CPU stream is done when it returns */
        gint64 start = g_get_monotonic_time();
        ok = run_step(plan, i, 0, x_nchw, error);
        seconds[i] = (double)(g_get_monotonic_time() - start) * 1e-6;
    }
    if (ok) {
        leuko_plan_take_mean(plan, 0, 0);
        leuko_plan_take_kept(plan, 0, 0);
        ok = leuko_plan_classify(plan, 1, error);
    }
    leuko_dnnl_set_threads(before);
    return ok;
}

const float *leuko_plan_features(const LeukoPlan *plan) { return plan->features; }
const float *leuko_plan_probabilities(const LeukoPlan *plan) { return plan->probabilities; }
const float *leuko_plan_logits(const LeukoPlan *plan) { return plan->logits; }

const float *leuko_plan_kept(const LeukoPlan *plan, const char *name)
{
    const LeukoKept *kept = find_kept(plan, name);
    return kept ? kept->data : NULL;
}

guint leuko_plan_n_steps(const LeukoPlan *plan) { return plan->steps->len; }

guint leuko_plan_step_threads(const LeukoPlan *plan) { return plan->lane_threads; }

void leuko_plan_step(const LeukoPlan *plan, guint index, LeukoPlanStep *out)
{
    g_assert(index < plan->steps->len);
    const LeukoStep *step = &g_array_index(plan->steps, LeukoStep, index);
    const dnnl_memory_desc_t *source =
        step->desc ? leuko_dnnl_query(step->desc, dnnl_query_src_md, 0) : NULL;
    dnnl_data_type_t type = source       ? source->data_type
                            : step->desc ? dnnl_f32
                                         : leuko_plan_root(plan, (guint)step->target_root)->type;
    *out = (LeukoPlanStep){.name = step->name,
                           .precision = type == dnnl_bf16  ? LEUKO_BF16
                                        : type == dnnl_f32 ? LEUKO_FP32
                                                           : LEUKO_INT8,
                           .kernel = step->desc ? leuko_dnnl_kernel(step->desc) : "copy",
                           .kind = step->kind,
                           .flop = step->flop,
                           .bytes = step->bytes};
}

gsize leuko_plan_memory_bytes(const LeukoPlan *plan)
{
    return plan->arena_bytes + plan->weights_bytes;
}

gsize leuko_plan_arena_bytes(const LeukoPlan *plan) { return plan->arena_bytes; }
