#include "engine/state-output.h"
#include <math.h>
#include <string.h>

/* A slice of one image in blocked layout: pixel p of channel c has the index
 * (c / block * plane + p) * block + c % block. Channels-last is one block of all channels. */
typedef struct {
    const guint8 *data;
    guint block;
    gsize plane;
    dnnl_data_type_t type;
} Blocked;

static Blocked blocked_of(const LeukoState *state, guint layer, guint position)
{
    LeukoSlice slice = state->program->lowered->slices[layer];
    const LeukoProgramRoot *root = leuko_program_root(state->program, slice.root);
    gsize plane = (gsize)root->h * root->w;
    return (Blocked){leuko_state_root_data(state, slice.root, position) +
                         slice.first * plane * root->element_bytes,
                     root->block, plane, root->type};
}

static float bf16_to_float(guint16 bits)
{
    guint32 wide = (guint32)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

/* sums (block) += the sum over the pixels of block number `index` */
static void sum_block(const Blocked *b, gsize index, double *sums)
{
    gsize first = index * b->plane * b->block;
    if (b->type == dnnl_u8) {
        const guint8 *x = b->data + first;
        for (gsize p = 0; p < b->plane; p++)
            for (guint c = 0; c < b->block; c++)
                sums[c] += x[p * b->block + c];
    } else if (b->type == dnnl_bf16) {
        const guint16 *x = (const guint16 *)b->data + first;
        for (gsize p = 0; p < b->plane; p++)
            for (guint c = 0; c < b->block; c++)
                sums[c] += (double)bf16_to_float(x[p * b->block + c]);
    } else {
        const float *x = (const float *)b->data + first;
        for (gsize p = 0; p < b->plane; p++)
            for (guint c = 0; c < b->block; c++)
                sums[c] += (double)x[p * b->block + c];
    }
}

void leuko_state_take_mean(LeukoState *state, guint position, guint image)
{
    guint layer = leuko_net_endpoint_layer(state->program->net);
    guint n_channels = leuko_net_feature_channels(state->program->net);
    Blocked b = blocked_of(state, layer, position);
    guint n_physical = state->program->lowered->slices[layer].n;
    const guint *map = state->program->lowered->channel[layer];
    g_assert(n_physical % b.block == 0);
    float *row = state->features + (gsize)image * n_channels;
    double *sums = state->sums + position / state->program->chunk_images * state->n_sums;
    g_assert(b.block == state->n_sums);
    gsize current = G_MAXSIZE;
    for (guint c = 0; c < n_channels; c++) { /* map ascends, so each block is summed once */
        if (map[c] / b.block != current) {
            current = map[c] / b.block;
            memset(sums, 0, b.block * sizeof *sums);
            sum_block(&b, current, sums);
        }
        double scale =
            state->program->layer_scale ? (double)state->program->layer_scale[layer][c] : 1;
        row[c] = (float)(scale * sums[map[c] % b.block] / (double)b.plane);
    }
}

static float value_at(const Blocked *b, gsize at)
{
    if (b->type == dnnl_u8)
        return b->data[at];
    return b->type == dnnl_bf16 ? bf16_to_float(((const guint16 *)b->data)[at])
                                : ((const float *)b->data)[at];
}

void leuko_state_take_kept(LeukoState *state, guint position, guint image)
{
    for (guint k = 0; k < state->n_kept; k++) {
        const LeukoKept *kept = &state->kept[k];
        const LeukoLayer *layer = leuko_net_layer(state->program->net, kept->layer);
        const guint *map = state->program->lowered->channel[kept->layer];
        Blocked b = blocked_of(state, kept->layer, position);
        float *out = kept->data + (gsize)image * layer->out_channels * b.plane; /* (C, H, W) */
        for (guint c = 0; c < layer->out_channels; c++) {
            gsize at = (gsize)(map[c] / b.block) * b.plane * b.block + map[c] % b.block;
            float scale =
                state->program->layer_scale ? state->program->layer_scale[kept->layer][c] : 1;
            for (gsize p = 0; p < b.plane; p++)
                out[c * b.plane + p] = scale * value_at(&b, at + p * b.block);
        }
    }
}

/* logits = features (n, C) x weights (C, K) + bias; probabilities = softmax(logits) */
gboolean leuko_state_classify(LeukoState *state, guint n, GError **error)
{
    guint n_classes = leuko_net_spec(state->program->net)->n_classes;
    guint n_channels = leuko_net_feature_channels(state->program->net);
    if (n_classes == 0)
        return TRUE;
    if (!leuko_dnnl_ok(dnnl_sgemm('N', 'N', n, n_classes, n_channels, 1.0f, state->features,
                                  n_channels, state->program->head_weights, n_classes, 0.0f,
                                  state->logits, n_classes),
                       error, "logits"))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        float *logits = state->logits + (gsize)i * n_classes;
        float *p = state->probabilities + (gsize)i * n_classes;
        float largest = -INFINITY;
        double sum = 0;
        for (guint k = 0; k < n_classes; k++) {
            logits[k] += state->program->head_bias[k];
            largest = MAX(largest, logits[k]);
        }
        for (guint k = 0; k < n_classes; k++)
            sum += exp((double)(logits[k] - largest));
        for (guint k = 0; k < n_classes; k++)
            p[k] = (float)(exp((double)(logits[k] - largest)) / sum);
    }
    return TRUE;
}
