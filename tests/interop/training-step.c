/* One training step, for comparison with others:
 *   training-step PARAMS.safetensors BATCH.safetensors OUT.safetensors fp32|bf16 trained|frozen
 *                 [ENDPOINT FIRST_BLOCK DEPTH_MULTIPLIER SIDE]
 * BATCH holds x (N, 3, S, S), or what FIRST_BLOCK reads, and targets (N, K). OUT: every gradient
 * under slim's names, "loss". */
#include "engine/backprop.h"
#include "formats/safetensors.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gboolean step(int argc, char **argv, GError **error)
{
    g_autoptr(LeukoSafetensors) a = leuko_safetensors_open(argv[1], error);
    g_autoptr(LeukoSafetensors) b = a ? leuko_safetensors_open(argv[2], error) : NULL;
    g_autoptr(LeukoParams) params = b ? leuko_safetensors_params(a, error) : NULL;
    g_autoptr(LeukoParams) batch = params ? leuko_safetensors_params(b, error) : NULL;
    if (!batch)
        return FALSE;
    const LeukoTensor *x = leuko_params_find(batch, "x"),
                      *targets = leuko_params_find(batch, "targets");
    g_assert(x && targets);
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.side_px = (guint)x->dims[2];
    spec.n_classes = (guint)targets->dims[1];
    spec.aux_head =
        leuko_params_find(params, "InceptionV3/AuxLogits/Conv2d_1b_1x1/weights") != NULL;
    LeukoBackpropOptions o = leuko_backprop_options_default();
    o.batch = (guint)x->dims[0];
    o.batch_norm_trained = strcmp(argv[5], "trained") == 0;
    if (argc == 10) {
        g_strlcpy(spec.endpoint, argv[6], sizeof spec.endpoint);
        g_strlcpy(o.first_block, argv[7], sizeof o.first_block);
        spec.depth_multiplier = g_ascii_strtod(argv[8], NULL);
        spec.side_px = (guint)atoi(argv[9]);
    }
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    if (!net || !leuko_precision_parse(argv[4], &o.precision, error))
        return FALSE;
    g_autoptr(LeukoBackprop) t = leuko_backprop_new(net, params, &o, error);
    LeukoBackpropBatch in = {.x_nchw = x->data, .targets = targets->data};
    double loss = 0;
    if (!t || !leuko_backprop_forward(t, &in, &loss, error) || !leuko_backprop_backward(t, error))
        return FALSE;
    g_autoptr(LeukoParams) out = leuko_backprop_gradients(t, error);
    gsize one = 1;
    float *value;
    if (!out || !leuko_params_add(out, "loss", 1, &one, &value, error))
        return FALSE;
    *value = (float)loss;
    return leuko_safetensors_save(out, NULL, argv[3], error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if ((argc == 6 || argc == 10) && step(argc, argv, &error))
        return 0;
    fprintf(stderr, "training-step: %s\n", error ? error->message : "five or nine arguments");
    return 1;
}
