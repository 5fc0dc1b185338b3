#include "engine/backprop.h"
#include "engine/backprop-parts.h"
#include "engine/processor.h"
#include "leuko/error.h"
#include <omp.h>
#include <string.h>

LeukoBackpropOptions leuko_backprop_options_default(void)
{
    return (LeukoBackpropOptions){.precision = LEUKO_FP32,
                                  .batch = 10,
                                  .batch_norm_trained = TRUE,
                                  .batch_norm_decay = 0.99,
                                  .aux_weight = 0.4};
}

static gboolean check(const LeukoNet *net, const LeukoBackpropOptions *o, GError **error)
{
    if (leuko_net_spec(net)->n_classes < 2 || o->batch < 1 || o->batch > 256 ||
        !(o->batch_norm_decay >= 0 && o->batch_norm_decay < 1) || !(o->aux_weight >= 0) ||
        (o->precision != LEUKO_FP32 && o->precision != LEUKO_BF16)) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
            "a training option is out of range: %u classes (at least 2), precision %s (fp32 or "
            "bf16), batch %u (1 to 256), batch norm decay %g (at least 0 and below 1), auxiliary "
            "weight %g (at least 0)",
            leuko_net_spec(net)->n_classes, leuko_precision_name(o->precision), o->batch,
            o->batch_norm_decay, o->aux_weight);
        return FALSE;
    }
    if (o->precision == LEUKO_BF16 && !leuko_processor_has_bf16()) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "bf16 needs AVX-512, but the instruction set in use is %s; use fp32",
                    leuko_processor_isa_name());
        return FALSE;
    }
    return TRUE;
}

/* Batch norm can be trained if it is not folded; all tensors exist in the right shapes. */
static gboolean check_params(LeukoBackprop *t, const LeukoParams *params, GError **error)
{
    if (t->options.batch_norm_trained && leuko_params_batch_norm_is_folded(params)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "batch norm is folded into these weights; train with frozen batch norm");
        return FALSE;
    }
    return leuko_params_check_shapes(params, t->net, "parameters", error);
}

static void init_ops(LeukoBackprop *t, const LeukoParams *params)
{
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoOp *op = &t->graph->ops[i];
        LeukoOpPrimitives *s = &t->ops[i];
        const LeukoLayer *l = leuko_backprop_layer(t, op);
        g_autofree gchar *name = leuko_param_name(l, "BatchNorm/gamma");
        s->gamma_trained = op->kind == LEUKO_OP_CONV && l->batch_norm &&
                           t->options.batch_norm_trained && leuko_params_find(params, name);
        s->statistic_names[0] = g_strdup_printf("%s/moving_mean", l->name);
        s->statistic_names[1] = g_strdup_printf("%s/moving_variance", l->name);
        s->raw = s->dz = s->d_source = s->which = s->mask = LEUKO_NO_BUFFER;
        s->forward.scratch = s->weights_pass.scratch = s->data_pass.scratch = LEUKO_NO_BUFFER;
        s->to_forward.scratch = s->to_data.scratch = LEUKO_NO_BUFFER;
        s->weights = s->beta = s->gamma = -1;
    }
}

static gboolean prepare(LeukoBackprop *t, const LeukoParams *params, GError **error)
{
    t->graph = leuko_backprop_graph_new(t->net, t->options.first_block, t->block, error);
    if (!t->graph)
        return FALSE;
    if (t->graph->logits < 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "the network has no classifier");
        return FALSE;
    }
    if (t->options.input_gradient && t->graph->input_layer == 0) {
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                            "the gradient of the image is not computed; begin at a later block");
        return FALSE;
    }
    t->n_logits = t->graph->values[t->graph->logits].channels;
    t->ops = g_new0(LeukoOpPrimitives, t->graph->n_ops);
    t->pack.scratch = LEUKO_NO_BUFFER;
    init_ops(t, params);
    t->stream = leuko_dnnl_stream_new(error);
    if (!t->stream || !leuko_backprop_build(t, error) || !leuko_backprop_import(t, params, error))
        return FALSE;
    gsize n_statistics = 1;
    for (guint i = 0; i < t->graph->n_ops; i++)
        n_statistics += 2 * t->graph->ops[i].n_raw;
    t->saved_statistics = g_new(float, n_statistics);
    t->probabilities = g_new0(float, (gsize)t->options.batch * t->n_classes);
    return TRUE;
}

LeukoBackprop *leuko_backprop_new(const LeukoNet *net, const LeukoParams *params,
                                  const LeukoBackpropOptions *options, GError **error)
{
    if (!check(net, options, error))
        return NULL;
    g_autoptr(LeukoBackprop) t = g_new0(LeukoBackprop, 1);
    t->options = *options;
    if (t->options.n_threads == 0)
        t->options.n_threads = (guint)omp_get_num_procs();
    t->net = leuko_net_new(leuko_net_spec(net), error);
    t->type = options->precision == LEUKO_BF16 ? dnnl_bf16 : dnnl_f32;
    t->block = leuko_dnnl_blocked_tag() == dnnl_nChw16c ? 16 : 8;
    t->n_classes = leuko_net_spec(net)->n_classes;
    t->parameters = g_array_new(FALSE, TRUE, sizeof(LeukoBackpropParameter));
    t->buffers = g_array_new(FALSE, TRUE, sizeof(LeukoArenaBuffer));
    t->layout =
        g_strdup_printf("blocks of %u channels on %s", t->block, leuko_processor_isa_name());
    /* a primitive divides its work among the threads that are set when it is created */
    int before = leuko_dnnl_set_threads((int)t->options.n_threads);
    gboolean ok = t->net && check_params(t, params, error) && prepare(t, params, error);
    leuko_dnnl_set_threads(before);
    return ok ? g_steal_pointer(&t) : NULL;
}

static void free_op(LeukoOpPrimitives *s)
{
    LeukoExec *all[] = {&s->forward, &s->weights_pass, &s->data_pass, &s->to_forward, &s->to_data};
    for (guint k = 0; k < G_N_ELEMENTS(all); k++)
        leuko_exec_clear(all[k]);
    g_free(s->channel_vectors);
    g_free(s->partials);
    g_free(s->estimate);
    g_free(s->statistic_names[0]);
    g_free(s->statistic_names[1]);
}

void leuko_backprop_free(LeukoBackprop *t)
{
    if (!t)
        return;
    for (guint i = 0; t->ops && i < t->graph->n_ops; i++)
        free_op(&t->ops[i]);
    leuko_exec_clear(&t->pack);
    for (guint k = 0; k < t->parameters->len; k++)
        g_free((gchar *)g_array_index(t->parameters, LeukoBackpropParameter, k).name);
    g_array_unref(t->parameters);
    g_array_unref(t->buffers);
    g_free(t->ops);
    g_free(t->values);
    g_free(t->probabilities);
    g_free(t->saved_statistics);
    g_free(t->layout);
    leuko_dnnl_free(t->arena);
    leuko_dnnl_free(t->flat_values);
    leuko_backprop_graph_free(t->graph);
    dnnl_stream_destroy(t->stream);
    leuko_net_free(t->net);
    g_free(t);
}

const char *leuko_backprop_input(const LeukoBackprop *t, guint *channels, guint *h, guint *w)
{
    const LeukoLayer *l = leuko_net_layer(t->net, t->graph->input_layer);
    *channels = l->out_channels;
    *h = l->out_h;
    *w = l->out_w;
    return l->name;
}

gsize leuko_backprop_memory_bytes(const LeukoBackprop *t)
{
    return t->arena_bytes + 2 * t->n_flat * sizeof(float);
}

const char *leuko_backprop_layout(const LeukoBackprop *t) { return t->layout; }

const float *leuko_backprop_probabilities(const LeukoBackprop *t) { return t->probabilities; }

void leuko_backprop_estimate_begin(LeukoBackprop *t)
{
    t->estimating = TRUE;
    t->n_estimates = 0;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (t->ops[i].estimate)
            memset(t->ops[i].estimate, 0, 3 * (gsize)t->graph->ops[i].n_raw * sizeof(double));
}

/* The variance over all images is the mean of the batches' variances plus the variance of the
 * batches' means. */
void leuko_backprop_estimate_end(LeukoBackprop *t)
{
    t->estimating = FALSE;
    for (guint i = 0; t->n_estimates > 0 && i < t->graph->n_ops; i++) {
        guint n = t->graph->ops[i].n_raw;
        const double *e = t->ops[i].estimate, k = t->n_estimates;
        if (!e || !t->ops[i].batch_norm)
            continue;
        float *mean = t->ops[i].channel_vectors + (gsize)LEUKO_V_MOVING_MEAN * n;
        float *variance = t->ops[i].channel_vectors + (gsize)LEUKO_V_MOVING_VARIANCE * n;
        for (guint c = 0; c < n; c++) {
            double m = e[c] / k;
            mean[c] = (float)m;
            variance[c] = (float)(e[n + c] / k + MAX(e[2 * n + c] / k - m * m, 0.0));
        }
    }
}

gchar *leuko_backprop_kernels(const LeukoBackprop *t)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoExec *passes[] = {&t->ops[i].forward, &t->ops[i].weights_pass,
                                     &t->ops[i].data_pass};
        static const char *const names[] = {"forward", "weights", "data"};
        for (guint p = 0; p < G_N_ELEMENTS(passes); p++)
            if (passes[p]->desc)
                g_string_append_printf(text, "%s %s %s\n",
                                       leuko_backprop_layer(t, &t->graph->ops[i])->name, names[p],
                                       leuko_dnnl_kernel(passes[p]->desc));
    }
    return g_string_free(text, FALSE);
}
