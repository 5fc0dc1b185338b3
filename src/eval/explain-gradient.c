#include "eval/explain-gradient.h"
#include "engine/backprop.h"
#include <string.h>

struct LeukoChannelGradient {
    LeukoBackprop *backprop;
    guint n_channels, n_pixels;
    float *targets;  /* (K): the loss is not used, but needs them */
    float *gradient; /* (C, H, W) */
};

/* The block that begins after an endpoint. */
static const char *block_after(const LeukoNet *net, const char *endpoint)
{
    const char *const *names = leuko_net_endpoints();
    if (strcmp(endpoint, leuko_net_spec(net)->endpoint) == 0)
        return LEUKO_BACKPROP_HEAD;
    while (*names && strcmp(*names, endpoint) != 0)
        names++;
    g_assert(names[0] && names[1]);
    return names[1];
}

LeukoChannelGradient *leuko_channel_gradient_new(const LeukoNet *net, const LeukoParams *params,
                                                 const char *endpoint, guint n_threads,
                                                 GError **error)
{
    LeukoBackpropOptions options = leuko_backprop_options_default();
    options.batch = 1;
    options.n_threads = n_threads;
    options.batch_norm_trained = FALSE;
    options.input_gradient = TRUE;
    g_strlcpy(options.first_block, block_after(net, endpoint), sizeof options.first_block);
    g_autoptr(LeukoChannelGradient) g = g_new0(LeukoChannelGradient, 1);
    g->backprop = leuko_backprop_new(net, params, &options, error);
    if (!g->backprop)
        return NULL;
    guint h, w, n_classes = leuko_net_spec(net)->n_classes;
    leuko_backprop_input(g->backprop, &g->n_channels, &h, &w);
    g->n_pixels = h * w;
    g->gradient = g_new(float, (gsize)g->n_channels * g->n_pixels);
    g->targets = g_new(float, n_classes);
    for (guint k = 0; k < n_classes; k++)
        g->targets[k] = 1.0f / (float)n_classes;
    return g_steal_pointer(&g);
}

gboolean leuko_channel_gradient_run(LeukoChannelGradient *g, const float *activations,
                                    const float *d_logits, double *weights, GError **error)
{
    LeukoBackpropBatch batch = {.x_nchw = activations, .targets = g->targets};
    double loss;
    if (!leuko_backprop_forward(g->backprop, &batch, &loss, error))
        return FALSE;
    leuko_backprop_set_gradient(g->backprop, d_logits);
    if (!leuko_backprop_backward(g->backprop, error))
        return FALSE;
    leuko_backprop_input_gradient(g->backprop, g->gradient);
    for (guint c = 0; c < g->n_channels; c++) {
        double sum = 0;
        for (guint p = 0; p < g->n_pixels; p++)
            sum += (double)g->gradient[(gsize)c * g->n_pixels + p];
        weights[c] = sum / g->n_pixels;
    }
    return TRUE;
}

void leuko_channel_gradient_free(LeukoChannelGradient *g)
{
    if (!g)
        return;
    leuko_backprop_free(g->backprop);
    g_free(g->targets);
    g_free(g->gradient);
    g_free(g);
}
