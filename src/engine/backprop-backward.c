#include "engine/backprop-run.h"
#include "engine/backprop.h"
#include <string.h>

/* The gradient of a slice: the sum of the gradients from all operations that read it. */
static LeukoPlaneSum gradients_of(const LeukoBackprop *t, LeukoSlice slice)
{
    const LeukoBackpropGraph *g = t->graph;
    LeukoPlaneSum sum = {0};
    if (g->values[slice.root].logits) {
        gboolean aux = (gint)slice.root == g->aux_logits;
        sum.from[sum.n++] = leuko_backprop_slice(t, t->d_logits[aux], slice);
        return sum;
    }
    for (guint i = 0; i < g->n_ops; i++)
        if (g->ops[i].source == slice.root) {
            g_assert(sum.n < LEUKO_MAX_GRADIENTS);
            sum.from[sum.n++] = leuko_backprop_slice(t, t->ops[i].d_source, slice);
        }
    return sum;
}

/* Compute c and e: with batch statistics, dx = a (d - mean(d) - xhat mean(d xhat)), which is
 * a d + c x + e. */
static void find_batch_terms(const LeukoBackprop *t, guint i, guint first, guint n, double count)
{
    const float *a = leuko_backprop_vector(t, i, LEUKO_V_A),
                *mean = leuko_backprop_vector(t, i, LEUKO_V_MEAN);
    const float *istd = leuko_backprop_vector(t, i, LEUKO_V_ISTD);
    const float *sum = leuko_backprop_vector(t, i, LEUKO_V_SUM);
    const float *product = leuko_backprop_vector(t, i, LEUKO_V_PRODUCT);
    float *c = leuko_backprop_vector(t, i, LEUKO_V_C), *e = leuko_backprop_vector(t, i, LEUKO_V_E);
    for (guint k = first; k < first + n; k++) {
        double slope = (double)a[k] * (double)istd[k] * (double)product[k] / count;
        c[k] = (float)-slope;
        e[k] = (float)((double)mean[k] * slope - (double)a[k] * (double)sum[k] / count);
    }
}

static void take_parameter_gradients(LeukoBackprop *t, guint i, guint first, guint n)
{
    const LeukoOpPrimitives *s = &t->ops[i];
    memcpy(leuko_backprop_parameter(t, (guint)s->beta)->gradients + first,
           leuko_backprop_vector(t, i, LEUKO_V_SUM) + first, n * sizeof(float));
    if (s->gamma >= 0)
        memcpy(leuko_backprop_parameter(t, (guint)s->gamma)->gradients + first,
               leuko_backprop_vector(t, i, LEUKO_V_PRODUCT) + first, n * sizeof(float));
}

/* Compute this member's part of dz: the gradient before batch norm, from the gradient after
 * ReLU. */
static void backward_member(LeukoBackprop *t, guint i, guint m)
{
    const LeukoOp *op = &t->graph->ops[i];
    LeukoOpPrimitives *s = &t->ops[i];
    const LeukoOpMember *member = &op->members[m];
    gboolean bf16 = t->type == dnnl_bf16, trained = s->batch_norm && t->options.batch_norm_trained;
    gboolean pooled = member->pool >= 0;
    guint first = member->first;
    LeukoPlaneSum sum = gradients_of(t, member->target);
    LeukoPlanes y = leuko_backprop_slice(t, t->values[member->target.root], member->target);
    LeukoPlanes x = leuko_backprop_normed(t, i, m);
    LeukoPlanes part = leuko_backprop_raw(t, op, s->dz, op->n_raw, first, member->n, bf16);
    LeukoPlanes dz =
        pooled ? leuko_backprop_raw(t, op, s->d_pooled[m], member->n, 0, member->n, bf16) : part;
    LeukoReluGradient how = {.y = leuko_net_layer(t->net, member->layer)->relu ? &y : NULL,
                             .x = trained ? &x : NULL,
                             .mean = leuko_backprop_vector(t, i, LEUKO_V_MEAN) + first,
                             .istd = leuko_backprop_vector(t, i, LEUKO_V_ISTD) + first,
                             .scale =
                                 trained ? NULL : leuko_backprop_vector(t, i, LEUKO_V_A) + first,
                             .sum_d = leuko_backprop_vector(t, i, LEUKO_V_SUM) + first,
                             .sum_dx = leuko_backprop_vector(t, i, LEUKO_V_PRODUCT) + first};
    leuko_planes_gradient(&sum, &how, &dz, s->partials);
    take_parameter_gradients(t, i, first, member->n);
    if (trained) {
        gsize pixels = x.plane / x.block; /* without remainder */
        find_batch_terms(t, i, first, member->n, (double)x.n_images * (double)pixels);
        leuko_planes_finish_gradient(&dz, &x, leuko_backprop_vector(t, i, LEUKO_V_A) + first,
                                     leuko_backprop_vector(t, i, LEUKO_V_C) + first,
                                     leuko_backprop_vector(t, i, LEUKO_V_E) + first);
    }
    if (pooled) {
        LeukoPlaneSum one = {.n = 1, .from = {dz}};
        leuko_avg_pool_backward(&s->pooling, &one, &part);
    }
}

static gboolean backward_conv(LeukoBackprop *t, guint i, GError **error)
{
    LeukoOpPrimitives *s = &t->ops[i];
    const char *name = leuko_backprop_layer(t, &t->graph->ops[i])->name;
    for (guint m = 0; m < t->graph->ops[i].n_members; m++)
        backward_member(t, i, m);
    return leuko_exec_run(t, &s->weights_pass, name, error) &&
           (!s->to_data.desc || leuko_exec_run(t, &s->to_data, name, error)) &&
           (!s->data_pass.desc || leuko_exec_run(t, &s->data_pass, name, error));
}

static gboolean backward_op(LeukoBackprop *t, guint i, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    if (op->kind == LEUKO_OP_CONV)
        return backward_conv(t, i, error);
    if (!leuko_backprop_wants_gradient(t, op->source))
        return TRUE;
    LeukoPlaneSum sum = gradients_of(t, op->members[0].target);
    LeukoPlanes dx = leuko_backprop_slice(
        t, t->ops[i].d_source, (LeukoSlice){op->source, 0, t->graph->values[op->source].channels});
    if (op->kind == LEUKO_OP_MAX_POOL) {
        leuko_max_pool_backward(&t->ops[i].pooling, &sum, leuko_backprop_buffer(t, t->ops[i].which),
                                &dx);
    } else if (op->kind == LEUKO_OP_AVG_POOL) {
        leuko_avg_pool_backward(&t->ops[i].pooling, &sum, &dx);
    } else {
        g_assert(sum.n == 1); /* only the classifier reads the dropout's output */
        leuko_planes_multiply(&sum.from[0], leuko_backprop_buffer(t, t->ops[i].mask), &dx);
    }
    return TRUE;
}

void leuko_backprop_set_gradient(LeukoBackprop *t, const float *d_logits)
{
    float *to = leuko_backprop_buffer(t, t->d_logits[0]);
    memset(to, 0, (gsize)t->options.batch * t->n_logits * sizeof *to);
    for (guint i = 0; i < t->options.batch; i++)
        memcpy(to + (gsize)i * t->n_logits, d_logits + (gsize)i * t->n_classes,
               t->n_classes * sizeof *to);
    if (t->graph->aux_logits >= 0)
        memset(leuko_backprop_buffer(t, t->d_logits[1]), 0,
               (gsize)t->options.batch * t->graph->values[t->graph->aux_logits].channels *
                   sizeof *to);
}

void leuko_backprop_input_gradient(const LeukoBackprop *t, float *d_nchw)
{
    const LeukoLayer *l = leuko_net_layer(t->net, t->graph->input_layer);
    LeukoPlaneSum sum = gradients_of(t, (LeukoSlice){0, 0, t->graph->values[0].channels});
    g_assert(t->options.input_gradient && sum.n > 0);
    leuko_planes_unpack(&sum, l->out_channels, t->graph->channel[t->graph->input_layer], d_nchw);
}

gboolean leuko_backprop_backward(LeukoBackprop *t, GError **error)
{
    int before = leuko_dnnl_set_threads((int)t->options.n_threads);
    gboolean ok = TRUE;
    for (guint i = t->graph->n_ops; ok && i-- > 0;)
        ok = backward_op(t, i, error);
    leuko_dnnl_set_threads(before);
    return ok;
}
