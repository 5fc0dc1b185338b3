/* The classifier of third-party weights: the one linear layer that is no layer of Inception V3. */
#include "base/error.h"
#include "base/plural.h"
#include "formats/layer-names.h"
#include "net/net.h"
#include <string.h>

enum { MAX_SHOWN = 4, MAX_NAME = 48 };

void leuko_extra_layers_init(LeukoExtraLayers *e)
{
    e->weights = g_ptr_array_new();
    e->others = g_string_new(NULL);
    e->ignored = g_string_new(NULL);
}

void leuko_extra_layers_clear(LeukoExtraLayers *e)
{
    g_ptr_array_unref(e->weights);
    g_string_free(e->others, TRUE);
    g_string_free(e->ignored, TRUE);
}

void leuko_extra_layers_append(GString *list, const LeukoTensor *t, gboolean with_shape)
{
    g_autofree gchar *name = leuko_one_line_cut(t->name, MAX_NAME);
    if (list->len > LEUKO_FOREIGN_TEXT / 2) {
        if (!g_str_has_suffix(list->str, ", ..."))
            g_string_append(list, ", ...");
        return;
    }
    g_string_append_printf(list, "%s\"%s\"", list->len ? ", " : "", name);
    for (guint i = 0; with_shape && i < t->n_dims; i++)
        g_string_append_printf(list, "%s%zu", i ? " x " : " (", t->dims[i]);
    if (with_shape && t->n_dims > 0)
        g_string_append_c(list, ')');
}

/* The name of a layer: that of its weights without the end. g_free. */
static gchar *layer_of(const LeukoTensor *weights, const char *end)
{
    return g_strndup(weights->name, strlen(weights->name) - strlen(end));
}

/* "2 linear layers: "fc.0" (2048 to 512), "fc.3" (512 to 2)" */
static void list_linear(const LeukoExtraLayers *e, const char *end, gboolean out_first,
                        LeukoForeign *found)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%u linear %s behind the network:", e->weights->len,
                    LEUKO_PLURAL(e->weights->len, "layer"));
    for (guint i = 0; i < MIN(e->weights->len, MAX_SHOWN); i++) {
        const LeukoTensor *t = e->weights->pdata[i];
        g_autofree gchar *layer = layer_of(t, end), *shown = leuko_one_line_cut(layer, MAX_NAME);
        g_string_append_printf(text, "%s \"%s\" (%zu to %zu)", i ? "," : "", shown,
                               t->dims[out_first ? 1 : 0], t->dims[out_first ? 0 : 1]);
    }
    g_strlcpy(found->no_head, text->str, sizeof found->no_head);
}

static gboolean put_bias(LeukoParams *to, const LeukoParams *tensors, const char *name,
                         const char *path, GError **error)
{
    const LeukoTensor *bias = leuko_params_find(tensors, name);
    const LeukoTensor *weights = leuko_params_find(to, LEUKO_HEAD_WEIGHTS);
    return bias ? leuko_layer_names_put(to, LEUKO_HEAD_BIASES, tensors, bias, LEUKO_LAYOUT_SAME,
                                        path, error)
                : leuko_params_add(to, LEUKO_HEAD_BIASES, 1, &weights->dims[3], NULL, error);
}

gboolean leuko_extra_layers_put_head(const LeukoExtraLayers *e, LeukoParams *to,
                                     const LeukoParams *tensors, const char *weight,
                                     const char *bias, LeukoLayout layout, const char *path,
                                     LeukoForeign *found, GError **error)
{
    if (e->weights->len == 0 && e->others->len == 0)
        return TRUE;
    if (e->others->len > 0) {
        g_autofree gchar *text =
            g_strconcat("layers that are not Inception V3's: ", e->others->str, NULL);
        g_strlcpy(found->no_head, text, sizeof found->no_head);
        return TRUE;
    }
    if (e->weights->len > 1) {
        list_linear(e, weight, layout == LEUKO_LAYOUT_OI, found);
        return TRUE;
    }
    const LeukoTensor *t = e->weights->pdata[0];
    g_autofree gchar *layer = layer_of(t, weight), *bias_name = g_strconcat(layer, bias, NULL),
                     *shown = leuko_one_line_cut(layer, LEUKO_FOREIGN_TEXT - 1);
    g_strlcpy(found->head, shown, sizeof found->head);
    return leuko_layer_names_put(to, LEUKO_HEAD_WEIGHTS, tensors, t,
                                 t->n_dims == 4 ? LEUKO_LAYOUT_OIHW : layout, path, error) &&
           put_bias(to, tensors, bias_name, path, error);
}
