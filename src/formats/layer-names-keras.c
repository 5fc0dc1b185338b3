/* Keras's layer names: numbered in order of creation, or by Keras 3 in order of model.layers. */
#include "base/plural.h"
#include "formats/layer-names.h"
#include "leuko/error.h"
#include "net/net.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    guint64 number;
    const char *first; /* name of one tensor; the layer's name is the part before the last '/' */
} Layer;

static gint by_number(gconstpointer a, gconstpointer b)
{
    const Layer *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* The last two parts of a name: "LAYER/VARIABLE" of "model/LAYER/VARIABLE". */
static const char *last_two(const char *name)
{
    const char *slash = strrchr(name, '/');
    while (slash && slash > name && slash[-1] != '/')
        slash--;
    return slash ? slash : name;
}

/* "conv2d/kernel" has number 0, "conv2d_7/kernel" has 7. FALSE: another layer or variable. */
static gboolean parse_layer(const char *name, const char *layer, const char *variable,
                            guint64 *number)
{
    const char *p = last_two(name);
    if (!g_str_has_prefix(p, layer))
        return FALSE;
    p += strlen(layer);
    *number = 0;
    if (*p == '_') {
        gchar *end;
        if (!g_ascii_isdigit(p[1]))
            return FALSE;
        *number = g_ascii_strtoull(p + 1, &end, 10);
        p = end;
    }
    return *p == '/' && strcmp(p + 1, variable) == 0;
}

/* The layers of a kind that have `variable`, sorted by number. */
static GArray *find_layers(const LeukoParams *tensors, const char *layer, const char *variable)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(Layer));
    for (guint i = 0; i < leuko_params_n_tensors(tensors); i++) {
        Layer l = {0, leuko_params_nth(tensors, i)->name};
        if (parse_layer(l.first, layer, variable, &l.number))
            g_array_append_val(found, l);
    }
    g_array_sort(found, by_number);
    return found;
}

static const LeukoTensor *find_variable(const LeukoParams *tensors, const Layer *layer,
                                        const char *variable)
{
    const char *slash = strrchr(layer->first, '/');
    g_autofree gchar *name =
        g_strdup_printf("%.*s/%s", (int)(slash - layer->first), layer->first, variable);
    return leuko_params_find(tensors, name);
}

/* The row (leuko_layer_names_convs) of the layer at position `rank` in the file. */
static guint row_of(guint rank, gboolean keras3)
{
    for (guint row = 0; keras3 && row < LEUKO_LAYER_NAMES_N_CONVS; row++)
        if (leuko_layer_names_convs[row].keras3 == rank)
            return row;
    return rank;
}

/* Count the kernels whose height and width match the layer that this numbering assigns to them. */
static guint count_fitting(const LeukoParams *tensors, const GArray *convs, const LeukoNet *net,
                           gboolean keras3)
{
    guint n = 0;
    for (guint r = 0; r < MIN(convs->len, LEUKO_LAYER_NAMES_N_CONVS); r++) {
        const LeukoTensor *t = leuko_params_find(tensors, g_array_index(convs, Layer, r).first);
        gint at = leuko_net_find(net, leuko_layer_names_convs[row_of(r, keras3)].slim);
        const LeukoLayer *l = leuko_net_layer(net, (guint)at);
        n += t->n_dims == 4 && t->dims[0] == l->kernel_h && t->dims[1] == l->kernel_w;
    }
    return n;
}

static gboolean put_convs(LeukoParams *to, const LeukoParams *tensors, const GArray *convs,
                          gboolean keras3, const char *path, GError **error)
{
    for (guint r = 0; r < MIN(convs->len, LEUKO_LAYER_NAMES_N_CONVS); r++) {
        const LeukoTensor *t = leuko_params_find(tensors, g_array_index(convs, Layer, r).first);
        g_autofree gchar *name = g_strdup_printf("InceptionV3/%s/weights",
                                                 leuko_layer_names_convs[row_of(r, keras3)].slim);
        if (!leuko_layer_names_put(to, name, tensors, t, LEUKO_LAYOUT_SAME, path, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean put_norms(LeukoParams *to, const LeukoParams *tensors, const GArray *norms,
                          gboolean keras3, const char *path, GError **error)
{
    static const char *const variables[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    for (guint r = 0; r < MIN(norms->len, LEUKO_LAYER_NAMES_N_CONVS); r++)
        for (gsize v = 0; v < G_N_ELEMENTS(variables); v++) {
            const LeukoTensor *t =
                find_variable(tensors, &g_array_index(norms, Layer, r), variables[v]);
            g_autofree gchar *name =
                g_strdup_printf("InceptionV3/%s/BatchNorm/%s",
                                leuko_layer_names_convs[row_of(r, keras3)].slim, variables[v]);
            if (t && !leuko_layer_names_put(to, name, tensors, t, LEUKO_LAYOUT_SAME, path, error))
                return FALSE;
        }
    return TRUE;
}

/* Dense layers of any name: one is the classifier. */
static gboolean put_head(LeukoParams *to, const LeukoParams *tensors, const char *path,
                         LeukoForeign *found, GError **error)
{
    g_auto(LeukoExtraLayers) extra;
    leuko_extra_layers_init(&extra);
    for (guint i = 0; i < leuko_params_n_tensors(tensors); i++) {
        const LeukoTensor *t = leuko_params_nth(tensors, i);
        if (t->n_dims == 2 && t->n_values > 0 && g_str_has_suffix(t->name, "/kernel"))
            g_ptr_array_add(extra.weights, (gpointer)t);
    }
    return leuko_extra_layers_put_head(&extra, to, tensors, "/kernel", "/bias", LEUKO_LAYOUT_SAME,
                                       path, found, error);
}

gboolean leuko_layer_names_from_keras(LeukoParams *to, const LeukoParams *tensors, const char *path,
                                      LeukoForeign *found, GError **error)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    if (!net)
        return FALSE;
    g_autoptr(GArray) convs = find_layers(tensors, "conv2d", "kernel");
    g_autoptr(GArray) norms = find_layers(tensors, "batch_normalization", "beta");
    if (convs->len > LEUKO_LAYER_NAMES_N_CONVS) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: not Inception V3: %u %s under Keras's names (Inception V3 has "
                    "%d)",
                    path, convs->len, LEUKO_PLURAL(convs->len, "convolution"),
                    LEUKO_LAYER_NAMES_N_CONVS);
        return FALSE;
    }
    gboolean keras3 =
        count_fitting(tensors, convs, net, TRUE) > count_fitting(tensors, convs, net, FALSE);
    return put_convs(to, tensors, convs, keras3, path, error) &&
           put_norms(to, tensors, norms, keras3, path, error) &&
           put_head(to, tensors, path, found, error);
}
