#include "base/rng.h"
#include "engine/backprop-run.h"
#include "engine/backprop.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

gboolean leuko_exec_run(const LeukoBackprop *t, const LeukoExec *exec, const char *name,
                        GError **error)
{
    return leuko_dnnl_ok(
        dnnl_primitive_execute(exec->primitive, t->stream, exec->n_args, exec->args), error, "%s",
        name);
}

/* `n` channels from `first` of a buffer (N, channels, h, w). */
static LeukoPlanes planes_of(const LeukoBackprop *t, gint buffer, guint channels, guint h, guint w,
                             guint first, guint n, gboolean bf16)
{
    gsize plane = (gsize)h * w * t->block, element = bf16 ? sizeof(guint16) : sizeof(float);
    guint8 *data = leuko_backprop_buffer(t, buffer);
    return (LeukoPlanes){.data = data + first / t->block * plane * element,
                         .image_stride = channels / t->block * plane,
                         .plane = plane,
                         .n_images = t->options.batch,
                         .n_blocks = n / t->block,
                         .block = t->block,
                         .bf16 = bf16};
}

LeukoPlanes leuko_backprop_slice(const LeukoBackprop *t, gint buffer, LeukoSlice slice)
{
    const LeukoValue *v = &t->graph->values[slice.root];
    gboolean bf16 = !v->logits && t->type == dnnl_bf16;
    return planes_of(t, buffer, v->channels, v->h, v->w, slice.first, slice.n, bf16);
}

LeukoPlanes leuko_backprop_raw(const LeukoBackprop *t, const LeukoOp *op, gint buffer,
                               guint channels, guint first, guint n, gboolean bf16)
{
    const LeukoLayer *l = leuko_backprop_layer(t, op);
    return planes_of(t, buffer, channels, l->out_h, l->out_w, first, n, bf16);
}

LeukoPlanes leuko_backprop_normed(const LeukoBackprop *t, guint i, guint m)
{
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoOpMember *member = &op->members[m];
    gboolean bf16 = !t->graph->values[member->target.root].logits && t->type == dnnl_bf16;
    return member->pool >= 0
               ? leuko_backprop_raw(t, op, t->ops[i].pooled[m], member->n, 0, member->n, bf16)
               : leuko_backprop_raw(t, op, t->ops[i].raw, op->n_raw, member->first, member->n,
                                    bf16);
}

/* --- batch norm ------------------------------------------------------------------------------ */

/* Compute a and b of y = a x + b for channels [first, first + n), from batch statistics if batch
 * norm is trained, else from moving statistics. */
static void find_affine(const LeukoBackprop *t, guint i, guint first, guint n)
{
    const LeukoOpPrimitives *s = &t->ops[i];
    const float *beta = leuko_backprop_parameter(t, (guint)s->beta)->values;
    const float *gamma = s->gamma >= 0 ? leuko_backprop_parameter(t, (guint)s->gamma)->values
                                       : leuko_backprop_vector(t, i, LEUKO_V_GAMMA);
    float *a = leuko_backprop_vector(t, i, LEUKO_V_A), *b = leuko_backprop_vector(t, i, LEUKO_V_B);
    gboolean trained = t->options.batch_norm_trained;
    const float *mean = leuko_backprop_vector(t, i, trained ? LEUKO_V_MEAN : LEUKO_V_MOVING_MEAN);
    const float *variance =
        leuko_backprop_vector(t, i, trained ? LEUKO_V_VARIANCE : LEUKO_V_MOVING_VARIANCE);
    float *istd = leuko_backprop_vector(t, i, LEUKO_V_ISTD);
    for (guint c = first; c < first + n; c++) {
        istd[c] = 1.0f / sqrtf(variance[c] + LEUKO_BATCH_NORM_EPSILON);
        a[c] = s->batch_norm ? gamma[c] * istd[c] : 1.0f;
        b[c] = s->batch_norm ? beta[c] - mean[c] * a[c] : beta[c];
    }
}

/* Update the moving statistics, or add the batch statistics to the estimate. The moving variance is
 * unbiased, as in TensorFlow and PyTorch. */
static void move_statistics(LeukoBackprop *t, guint i, guint first, guint n, double count)
{
    float decay = (float)t->options.batch_norm_decay;
    const float *mean = leuko_backprop_vector(t, i, LEUKO_V_MEAN);
    const float *variance = leuko_backprop_vector(t, i, LEUKO_V_VARIANCE);
    float *moving_mean = leuko_backprop_vector(t, i, LEUKO_V_MOVING_MEAN);
    float *moving_variance = leuko_backprop_vector(t, i, LEUKO_V_MOVING_VARIANCE);
    double unbiased = count > 1 ? count / (count - 1) : 1;
    guint n_raw = t->graph->ops[i].n_raw;
    double *estimate = t->ops[i].estimate;
    for (guint c = first; c < first + n; c++) {
        double m = (double)mean[c], v = (double)variance[c];
        if (t->estimating) {
            estimate[c] += m;
            estimate[n_raw + c] += v;
            estimate[2 * n_raw + c] += m * m;
        } else {
            moving_mean[c] = decay * moving_mean[c] + (1 - decay) * mean[c];
            moving_variance[c] = decay * moving_variance[c] + (1 - decay) * (float)(v * unbiased);
        }
    }
}

static void normalize(LeukoBackprop *t, guint i, guint m)
{
    const LeukoOp *op = &t->graph->ops[i];
    const LeukoOpMember *member = &op->members[m];
    LeukoPlanes x = leuko_backprop_normed(t, i, m);
    LeukoPlanes y = leuko_backprop_slice(t, t->values[member->target.root], member->target);
    guint first = member->first;
    if (t->ops[i].batch_norm && t->options.batch_norm_trained) {
        leuko_planes_moments(&x, leuko_backprop_vector(t, i, LEUKO_V_MEAN) + first,
                             leuko_backprop_vector(t, i, LEUKO_V_VARIANCE) + first,
                             t->ops[i].partials);
        gsize pixels = x.plane / x.block; /* without remainder */
        move_statistics(t, i, first, member->n, (double)x.n_images * (double)pixels);
    }
    find_affine(t, i, first, member->n);
    leuko_planes_affine(&x, leuko_backprop_vector(t, i, LEUKO_V_A) + first,
                        leuko_backprop_vector(t, i, LEUKO_V_B) + first,
                        leuko_net_layer(t->net, member->layer)->relu, &y);
}

/* --- operations ------------------------------------------------------------------------------ */

static gboolean run_conv(LeukoBackprop *t, guint i, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    LeukoOpPrimitives *s = &t->ops[i];
    const char *name = leuko_backprop_layer(t, op)->name;
    if ((s->to_forward.desc && !leuko_exec_run(t, &s->to_forward, name, error)) ||
        !leuko_exec_run(t, &s->forward, name, error))
        return FALSE;
    for (guint m = 0; m < op->n_members; m++) {
        const LeukoOpMember *member = &op->members[m];
        if (member->pool >= 0) {
            gboolean bf16 = t->type == dnnl_bf16;
            LeukoPlanes from =
                leuko_backprop_raw(t, op, s->raw, op->n_raw, member->first, member->n, bf16);
            LeukoPlanes to = leuko_backprop_normed(t, i, m);
            leuko_avg_pool(&s->pooling, &from, &to);
        }
        normalize(t, i, m);
    }
    return TRUE;
}

/* Draw the dropout mask (N, n): 1 / keep with probability `keep`, else 0. Each image's row depends
 * on its key only. Without keys, all entries are 1. */
static void draw_mask(const LeukoBackprop *t, const LeukoBackpropBatch *batch, guint n, float keep,
                      float *mask)
{
    for (guint i = 0; i < t->options.batch; i++) {
        LeukoRng rng;
        if (batch->keys)
            leuko_rng_init(&rng, batch->keys[i], "dropout", 0);
        for (guint c = 0; c < n; c++)
            mask[i * n + c] = !batch->keys                             ? 1
                              : leuko_rng_uniform(&rng) < (double)keep ? 1 / keep
                                                                       : 0;
    }
}

static void run_dropout(LeukoBackprop *t, guint i, const LeukoBackpropBatch *batch)
{
    const LeukoOp *op = &t->graph->ops[i];
    float *mask = leuko_backprop_buffer(t, t->ops[i].mask);
    LeukoSlice whole = {op->source, 0, op->n_raw};
    LeukoPlanes x = leuko_backprop_slice(t, t->values[op->source], whole);
    LeukoPlanes y =
        leuko_backprop_slice(t, t->values[op->members[0].target.root], op->members[0].target);
    draw_mask(t, batch, op->n_raw, leuko_backprop_layer(t, op)->keep, mask);
    leuko_planes_multiply(&x, mask, &y);
}

static gboolean run_op(LeukoBackprop *t, guint i, const LeukoBackpropBatch *batch, GError **error)
{
    const LeukoOp *op = &t->graph->ops[i];
    if (op->kind == LEUKO_OP_CONV)
        return run_conv(t, i, error);
    if (op->kind == LEUKO_OP_DROPOUT) {
        run_dropout(t, i, batch);
        return TRUE;
    }
    LeukoPlanes x =
        leuko_backprop_slice(t, t->values[op->source],
                             (LeukoSlice){op->source, 0, t->graph->values[op->source].channels});
    LeukoPlanes y =
        leuko_backprop_slice(t, t->values[op->members[0].target.root], op->members[0].target);
    if (op->kind == LEUKO_OP_MAX_POOL)
        leuko_max_pool(&t->ops[i].pooling, &x, &y, leuko_backprop_buffer(t, t->ops[i].which));
    else
        leuko_avg_pool(&t->ops[i].pooling, &x, &y);
    return TRUE;
}

static gboolean pack_input(LeukoBackprop *t, const float *x_nchw, GError **error)
{
    const LeukoValue *v = &t->graph->values[0];
    if (t->graph->input_layer != 0) {
        const LeukoLayer *l = leuko_net_layer(t->net, t->graph->input_layer);
        LeukoPlanes to = leuko_backprop_slice(t, t->values[0], (LeukoSlice){0, 0, v->channels});
        leuko_planes_pack(x_nchw, l->out_channels, t->graph->channel[t->graph->input_layer], &to);
        return TRUE;
    }
    if (!t->pack.desc) {
        memcpy(leuko_backprop_buffer(t, t->values[0]), x_nchw, dnnl_memory_desc_get_size(t->input));
        return TRUE;
    }
    return leuko_dnnl_ok(dnnl_memory_set_data_handle(t->pack.args[0].memory, (void *)x_nchw), error,
                         "input") &&
           leuko_exec_run(t, &t->pack, "input", error);
}

/* --- the pass -------------------------------------------------------------------------------- */

/* Return the loss of the classifier and the auxiliary head; write the gradients of their
 * logits. */
static double find_loss(LeukoBackprop *t, const LeukoBackpropBatch *batch)
{
    double loss =
        leuko_backprop_loss(t, batch, leuko_backprop_buffer(t, t->values[t->graph->logits]), 1,
                            t->probabilities, leuko_backprop_buffer(t, t->d_logits[0]));
    if (t->graph->aux_logits >= 0)
        loss += leuko_backprop_loss(
            t, batch, leuko_backprop_buffer(t, t->values[t->graph->aux_logits]),
            t->options.aux_weight, NULL, leuko_backprop_buffer(t, t->d_logits[1]));
    return loss;
}

/* Repeat the forward pass until the output of an operation is not finite; return its name. */
static const char *find_not_finite(LeukoBackprop *t, const LeukoBackpropBatch *batch)
{
    if (!pack_input(t, batch->x_nchw, NULL))
        return "the input";
    for (guint i = 0; i < t->graph->n_ops; i++) {
        const LeukoOp *op = &t->graph->ops[i];
        if (!run_op(t, i, batch, NULL))
            break;
        for (guint m = 0; m < op->n_members; m++) {
            LeukoPlanes y = leuko_backprop_slice(t, t->values[op->members[m].target.root],
                                                 op->members[m].target);
            if (!leuko_planes_are_finite(&y))
                return leuko_net_layer(t->net, op->members[m].layer)->name;
        }
    }
    return "the loss";
}

/* back FALSE: save the moving statistics; TRUE: restore them. */
static void save_statistics(LeukoBackprop *t, gboolean back)
{
    float *saved = t->saved_statistics;
    for (guint i = 0; i < t->graph->n_ops; i++) {
        guint n = t->graph->ops[i].n_raw;
        if (!t->ops[i].channel_vectors)
            continue;
        for (guint k = LEUKO_V_MOVING_MEAN; k <= LEUKO_V_MOVING_VARIANCE; k++, saved += n) {
            float *live = leuko_backprop_vector(t, i, k);
            memcpy(back ? live : saved, back ? saved : live, n * sizeof(float));
        }
    }
}

static gboolean run_all(LeukoBackprop *t, const LeukoBackpropBatch *batch, GError **error)
{
    if (!pack_input(t, batch->x_nchw, error))
        return FALSE;
    for (guint i = 0; i < t->graph->n_ops; i++)
        if (!run_op(t, i, batch, error))
            return FALSE;
    return TRUE;
}

gboolean leuko_backprop_forward(LeukoBackprop *t, const LeukoBackpropBatch *batch, double *loss,
                                GError **error)
{
    int before = leuko_dnnl_set_threads((int)t->options.n_threads);
    save_statistics(t, FALSE);
    gboolean ok = run_all(t, batch, error);
    *loss = ok ? find_loss(t, batch) : NAN;
    t->n_estimates += t->estimating ? 1 : 0;
    if (ok && !isfinite(*loss)) {
        const char *layer = find_not_finite(t, batch);
        save_statistics(t, TRUE);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "the loss is not finite; non-finite values first appear in %s", layer);
        ok = FALSE;
    }
    leuko_dnnl_set_threads(before);
    return ok;
}
