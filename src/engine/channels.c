#include "engine/channels.h"

gboolean leuko_layer_is_pointwise(const LeukoLayer *l)
{
    return l->kind == LEUKO_LAYER_CONV && l->kernel_h == 1 && l->kernel_w == 1 && l->stride == 1;
}

void leuko_map_channels(const LeukoNet *net, guint layer, guint align, guint **channel,
                        guint *physical)
{
    const LeukoLayer *l = leuko_net_layer(net, layer);
    guint *map = channel[layer] = g_new(guint, l->out_channels), c = 0;
    physical[layer] = 0;
    if (l->kind == LEUKO_LAYER_CONV || l->kind == LEUKO_LAYER_INPUT) {
        physical[layer] = l->kind == LEUKO_LAYER_INPUT
                              ? l->out_channels
                              : (l->out_channels + align - 1) / align * align;
        for (; c < l->out_channels; c++)
            map[c] = c;
        return;
    }
    for (guint j = 0; j < l->n_inputs; j++) {
        guint from = l->inputs[j];
        for (guint k = 0; k < leuko_net_layer(net, from)->out_channels; k++)
            map[c++] = physical[layer] + channel[from][k];
        physical[layer] += physical[from];
    }
}
