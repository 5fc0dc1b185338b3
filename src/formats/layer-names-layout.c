#include "base/error.h"
#include "base/plural.h"
#include "formats/layer-names.h"

const LeukoLayerNamesVariable leuko_layer_names_conv_variables[LEUKO_LAYER_NAMES_N_CONV_VARIABLES] =
    {
        {"weights", "conv.weight", LEUKO_LAYOUT_OIHW},
        {"BatchNorm/gamma", "bn.weight", LEUKO_LAYOUT_SAME},
        {"BatchNorm/beta", "bn.bias", LEUKO_LAYOUT_SAME},
        {"BatchNorm/moving_mean", "bn.running_mean", LEUKO_LAYOUT_SAME},
        {"BatchNorm/moving_variance", "bn.running_var", LEUKO_LAYOUT_SAME},
};

const LeukoLayerNamesVariable leuko_layer_names_head_variables[LEUKO_LAYER_NAMES_N_HEAD_VARIABLES] =
    {
        {"weights", "weight", LEUKO_LAYOUT_OI},
        {"biases", "bias", LEUKO_LAYOUT_SAME},
};

/* in (n_rows, n_columns) to out (n_columns, n_rows), in blocks that stay in the cache. */
static void transpose(const float *in, gsize n_rows, gsize n_columns, float *out)
{
    enum { BLOCK = 16 };
    for (gsize r0 = 0; r0 < n_rows; r0 += BLOCK)
        for (gsize c0 = 0; c0 < n_columns; c0 += BLOCK)
            for (gsize r = r0; r < MIN(r0 + BLOCK, n_rows); r++)
                for (gsize c = c0; c < MIN(c0 + BLOCK, n_columns); c++)
                    out[c * n_rows + r] = in[r * n_columns + c];
}

/* (oc, ic, kh, kw) to (kh, kw, ic, oc), in blocks of 16 output channels that stay in the cache. */
static void oihw_to_hwio(const LeukoTensor *t, float *out)
{
    gsize oc = t->dims[0], ic = t->dims[1], taps = t->dims[2] * t->dims[3];
    if (taps == 1) {
        transpose(t->data, oc, ic, out);
        return;
    }
    for (gsize o0 = 0; o0 < oc; o0 += 16)
        for (gsize i = 0; i < ic; i++)
            for (gsize o = o0; o < MIN(o0 + 16, oc); o++)
                for (gsize k = 0; k < taps; k++)
                    out[(k * ic + i) * oc + o] = t->data[(o * ic + i) * taps + k];
}

static gboolean share(LeukoParams *to, const char *name, const LeukoParams *from_set,
                      const LeukoTensor *t, guint n_dims, const gsize *dims, GError **error)
{
    LeukoParams *kept = leuko_params_ref((LeukoParams *)from_set);
    g_autoptr(GBytes) owner =
        g_bytes_new_with_free_func(NULL, 0, (GDestroyNotify)leuko_params_unref, kept);
    return leuko_params_add_borrowed(to, name, n_dims, dims, t->data, owner, error);
}

gboolean leuko_layer_names_put(LeukoParams *to, const char *slim_name, const LeukoParams *from_set,
                               const LeukoTensor *t, LeukoLayout layout, const char *path,
                               GError **error)
{
    gboolean weights = g_str_has_suffix(slim_name, "/weights");
    gboolean dense = layout == LEUKO_LAYOUT_OI || (layout == LEUKO_LAYOUT_SAME && t->n_dims == 2);
    guint rank = !weights ? 1 : dense ? 2 : 4;
    if (t->n_dims != rank || t->n_values == 0) {
        g_autofree gchar *shown = leuko_one_line(t->name);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: tensor \"%s\" has %u %s, not %u%s",
                    path, shown, t->n_dims, LEUKO_PLURAL(t->n_dims, "dimension"), rank,
                    t->n_values == 0 ? ", or no values" : "");
        return FALSE;
    }
    if (weights && dense && layout == LEUKO_LAYOUT_SAME) /* Keras's (c, K): a 1x1 convolution */
        return share(to, slim_name, from_set, t, 4, (const gsize[]){1, 1, t->dims[0], t->dims[1]},
                     error);
    if (layout == LEUKO_LAYOUT_SAME)
        return share(to, slim_name, from_set, t, t->n_dims, t->dims, error);
    gsize of_oi[] = {1, 1, t->dims[1], t->dims[0]};
    gsize of_oihw[] = {t->dims[2], t->dims[3], t->dims[1], t->dims[0]};
    float *out;
    if (!leuko_params_add(to, slim_name, 4, layout == LEUKO_LAYOUT_OI ? of_oi : of_oihw, &out,
                          error))
        return FALSE;
    if (layout == LEUKO_LAYOUT_OI)
        transpose(t->data, t->dims[0], t->dims[1], out);
    else
        oihw_to_hwio(t, out);
    return TRUE;
}
