#include "formula.h"
#include <math.h>

static guint32 hash(guint32 tensor, guint32 index)
{
    guint32 h = index + tensor * 0x9E3779B1u;
    h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
    h = (h ^ (h >> 13)) * 0xC2B2AE35u;
    return h ^ (h >> 16);
}

static void fill(float *out, gsize n, guint32 tensor, double low, double high)
{
    for (gsize i = 0; i < n; i++)
        out[i] = (float)(low + (high - low) * (hash(tensor, (guint32)i) / 4294967296.0));
}

static void add(LeukoParams *params, const LeukoLayer *l, const char *variable, guint32 tensor,
                double low, double high)
{
    gsize dims[] = {l->kernel_h, l->kernel_w, l->in_channels, l->out_channels};
    gboolean weights = g_str_equal(variable, "weights");
    gsize n = weights ? dims[0] * dims[1] * dims[2] * dims[3] : dims[3];
    g_autofree gchar *name = leuko_param_name(l, variable);
    float *out;
    g_assert_true(
        leuko_params_add(params, name, weights ? 4 : 1, weights ? dims : dims + 3, &out, NULL));
    fill(out, n, tensor, low, high);
}

LeukoParams *formula_params(const LeukoNet *net)
{
    LeukoParams *params = leuko_params_new();
    guint32 number = 0;
    for (guint i = 0; i < leuko_net_n_layers(net); i++) {
        const LeukoLayer *l = leuko_net_layer(net, i);
        if (l->kind != LEUKO_LAYER_CONV)
            continue;
        if (!l->batch_norm) {
            add(params, l, "weights", 2000, -0.02, 0.02);
            add(params, l, "biases", 2001, -0.5, 0.5);
            continue;
        }
        double bound = sqrt(6.0 / (l->kernel_h * l->kernel_w * l->in_channels));
        add(params, l, "weights", 10 * number, -bound, bound);
        add(params, l, "BatchNorm/beta", 10 * number + 1, -0.25, 0.25);
        add(params, l, "BatchNorm/moving_mean", 10 * number + 2, -0.25, 0.25);
        add(params, l, "BatchNorm/moving_variance", 10 * number + 3, 0.5, 1.5);
        add(params, l, "BatchNorm/gamma", 10 * number + 4, 0.75, 1.25);
        number++;
    }
    g_assert_cmpuint(number, ==, 94);
    return params;
}

float *formula_input(guint side_px)
{
    gsize n = (gsize)3 * side_px * side_px;
    float *x_nchw = g_new(float, n);
    fill(x_nchw, n, 3000, -1, 1);
    return x_nchw;
}

LeukoImage *formula_image(guint width, guint height)
{
    LeukoImage *image = leuko_image_new(width, height, NULL);
    for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++)
            for (guint c = 0; c < 3; c++)
                image->pixels[y * image->row_bytes + x * 3 + c] =
                    (guint8)((x * 7 + y * 13 + c * 50 + x * y / 5) & 255);
    return image;
}
