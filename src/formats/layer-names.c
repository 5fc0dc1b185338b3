#include "formats/layer-names.h"
#include "base/error.h"
#include "base/plural.h"
#include <string.h>

static const char SLIM_ROOT[] = "InceptionV3/";

const char *leuko_layer_names_text(LeukoLayerNames names)
{
    static const char *const texts[] = {"slim", "torchvision", "timm", "Keras"};
    return texts[names];
}

/* --- recognition ---------------------------------------------------------------------------- */

/* The prefix of all names ("module.", "model."), found by a name that contains `mark`; "" if there
 * is none. g_free. */
static gchar *find_prefix(const LeukoParams *tensors, const char *mark)
{
    for (guint i = 0; i < leuko_params_n_tensors(tensors); i++) {
        const char *name = leuko_params_nth(tensors, i)->name, *at = strstr(name, mark);
        if (at && (at == name || at[-1] == '.' || at[-1] == '/'))
            return g_strndup(name, (gsize)(at - name));
    }
    return g_strdup("");
}

static guint count_torch(const LeukoParams *tensors, const char *prefix)
{
    guint n = 0;
    for (guint r = 0; r < LEUKO_LAYER_NAMES_N_CONVS; r++) {
        g_autofree gchar *name =
            g_strconcat(prefix, leuko_layer_names_convs[r].torch, ".conv.weight", NULL);
        n += leuko_params_find(tensors, name) != NULL;
    }
    return n;
}

static guint count_slim(const LeukoParams *tensors, const char *prefix)
{
    guint n = 0;
    for (guint r = 0; r < LEUKO_LAYER_NAMES_N_CONVS; r++) {
        g_autofree gchar *name =
            g_strconcat(prefix, SLIM_ROOT, leuko_layer_names_convs[r].slim, "/weights", NULL);
        n += leuko_params_find(tensors, name) != NULL;
    }
    return n;
}

static gboolean any_contains(const LeukoParams *tensors, const char *part)
{
    for (guint i = 0; i < leuko_params_n_tensors(tensors); i++)
        if (strstr(leuko_params_nth(tensors, i)->name, part))
            return TRUE;
    return FALSE;
}

static gboolean any_keras(const LeukoParams *tensors)
{
    return any_contains(tensors, "conv2d") && any_contains(tensors, "/kernel") &&
           any_contains(tensors, "batch_normalization");
}

const char *leuko_layer_names_family(const char *name)
{
    static const struct {
        const char *part, *family;
    } signs[] = {{"attn", "a transformer"},
                 {"attention", "a transformer"},
                 {"self_attn", "a transformer"},
                 {"transformer", "a transformer"},
                 {"FeatureExtractor", "an object-detection network"},
                 {"BoxPredictor", "an object-detection network"},
                 {"BoxEncodingPredictor", "an object-detection network"},
                 {"rpn.", "an object-detection network"},
                 {"layer1.0.conv1", "a ResNet"},
                 {"denseblock", "a DenseNet"},
                 {"resnet", "a ResNet"},
                 {"MobilenetV", "a MobileNet"},
                 {"InceptionV1", "Inception V1"},
                 {"InceptionV2", "Inception V2"},
                 {"InceptionV4", "Inception V4"},
                 {"InceptionResnet", "Inception-ResNet"},
                 {"features.0.", "a sequential network such as VGG"}};
    for (gsize i = 0; i < G_N_ELEMENTS(signs); i++)
        if (strstr(name, signs[i].part))
            return signs[i].family;
    return NULL;
}

/* The network family that any name suggests, or NULL. */
static const char *guess_family(const LeukoParams *tensors)
{
    const char *family = NULL;
    for (guint i = 0; !family && i < leuko_params_n_tensors(tensors); i++)
        family = leuko_layer_names_family(leuko_params_nth(tensors, i)->name);
    return family;
}

static void refuse(const LeukoParams *tensors, const char *path, GError **error)
{
    guint n = leuko_params_n_tensors(tensors);
    const char *family = guess_family(tensors);
    g_autofree gchar *first =
        leuko_one_line_cut(n > 0 ? leuko_params_nth(tensors, 0)->name : "", 100);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: not Inception V3: none of its %u %s has a name of slim, torchvision, "
                "timm or Keras (the first is \"%s\")%s%s",
                path, n, LEUKO_PLURAL(n, "tensor"), first, family ? "; it looks like " : "",
                family ? family : "");
}

/* --- to slim -------------------------------------------------------------------------------- */

static gboolean put_rows(LeukoParams *to, const LeukoParams *tensors,
                         const LeukoLayerNamesRow *rows, guint n_rows,
                         const LeukoLayerNamesVariable *variables, guint n_variables,
                         const char *prefix, gboolean from_slim, const char *path, GError **error)
{
    for (guint r = 0; r < n_rows; r++)
        for (guint v = 0; v < n_variables; v++) {
            g_autofree gchar *slim =
                g_strconcat(SLIM_ROOT, rows[r].slim, "/", variables[v].slim, NULL);
            g_autofree gchar *foreign =
                from_slim ? g_strconcat(prefix, slim, NULL)
                          : g_strconcat(prefix, rows[r].torch, ".", variables[v].torch, NULL);
            const LeukoTensor *t = leuko_params_find(tensors, foreign);
            if (t && !leuko_layer_names_put(to, slim, tensors, t,
                                            from_slim ? LEUKO_LAYOUT_SAME : variables[v].layout,
                                            path, error))
                return FALSE;
        }
    return TRUE;
}

static gboolean put_all(LeukoParams *to, const LeukoParams *tensors, const char *prefix,
                        gboolean from_slim, const char *path, GError **error)
{
    const LeukoLayerNamesVariable *conv = leuko_layer_names_conv_variables,
                                  *head = leuko_layer_names_head_variables;
    return put_rows(to, tensors, leuko_layer_names_convs, LEUKO_LAYER_NAMES_N_CONVS, conv,
                    LEUKO_LAYER_NAMES_N_CONV_VARIABLES, prefix, from_slim, path, error) &&
           put_rows(to, tensors, leuko_layer_names_aux, LEUKO_LAYER_NAMES_N_AUX, conv,
                    LEUKO_LAYER_NAMES_N_CONV_VARIABLES, prefix, from_slim, path, error) &&
           put_rows(to, tensors, leuko_layer_names_heads, LEUKO_LAYER_NAMES_N_HEADS, head,
                    LEUKO_LAYER_NAMES_N_HEAD_VARIABLES, prefix, from_slim, path, error);
}

static void find_head(const LeukoParams *params, LeukoForeign *found)
{
    const LeukoTensor *head = leuko_params_find(params, LEUKO_HEAD_WEIGHTS);
    found->n_classes = head ? (guint)MIN(head->dims[3], G_MAXINT) : 0;
    found->has_background_class = found->n_classes == 1001;
}

LeukoParams *leuko_layer_names_to_slim(const LeukoParams *tensors, const char *path,
                                       LeukoForeign *found, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_autofree gchar *slim_prefix = find_prefix(tensors, SLIM_ROOT);
    g_autofree gchar *torch_prefix = find_prefix(tensors, "Conv2d_1a_3x3.conv.weight");
    guint n_slim = count_slim(tensors, slim_prefix), n_torch = count_torch(tensors, torch_prefix);
    *found = (LeukoForeign){0};
    if (n_slim == 0 && n_torch == 0 && any_keras(tensors)) {
        found->names = LEUKO_LAYER_NAMES_KERAS;
        if (!leuko_layer_names_from_keras(params, tensors, path, error))
            return NULL;
    } else {
        gboolean slim = n_slim >= n_torch;
        if (!put_all(params, tensors, slim ? slim_prefix : torch_prefix, slim, path, error))
            return NULL;
        found->names = slim ? LEUKO_LAYER_NAMES_SLIM : LEUKO_LAYER_NAMES_TORCHVISION;
        found->pool_includes_padding = found->transform_input = !slim;
    }
    if (leuko_params_n_tensors(params) == 0) {
        refuse(tensors, path, error);
        return NULL;
    }
    find_head(params, found);
    return g_steal_pointer(&params);
}

/* --- from slim ------------------------------------------------------------------------------ */

/* (kh, kw, ic, oc) to (oc, ic, kh, kw). */
static void hwio_to_oihw(const LeukoTensor *t, float *out)
{
    gsize taps = t->dims[0] * t->dims[1], ic = t->dims[2], oc = t->dims[3];
    for (gsize k = 0; k < taps; k++)
        for (gsize i = 0; i < ic; i++)
            for (gsize o = 0; o < oc; o++)
                out[(o * ic + i) * taps + k] = t->data[(k * ic + i) * oc + o];
}

static gboolean write_tensor(LeukoParams *to, const char *name, const LeukoTensor *t,
                             LeukoLayout layout, GError **error)
{
    float *out;
    const gsize oihw[] = {t->dims[3], t->dims[2], t->dims[0], t->dims[1]};
    if (layout == LEUKO_LAYOUT_SAME || t->n_dims != 4) {
        if (!leuko_params_add(to, name, t->n_dims, t->dims, &out, error))
            return FALSE;
        memcpy(out, t->data, t->n_values * sizeof *out);
        return TRUE;
    }
    if (!leuko_params_add(to, name, layout == LEUKO_LAYOUT_OI ? 2 : 4, oihw, &out, error))
        return FALSE;
    hwio_to_oihw(t, out);
    return TRUE;
}

/* torchvision's batch norm always scales: gamma is 1 where slim has none. */
static gboolean write_gamma(LeukoParams *to, const char *name, const LeukoTensor *weights,
                            GError **error)
{
    float *out;
    if (!leuko_params_add(to, name, 1, &weights->dims[3], &out, error))
        return FALSE;
    for (gsize i = 0; i < weights->dims[3]; i++)
        out[i] = 1.0f;
    return TRUE;
}

static gboolean write_rows(LeukoParams *to, const LeukoParams *params,
                           const LeukoLayerNamesRow *rows, guint n_rows,
                           const LeukoLayerNamesVariable *variables, guint n_variables,
                           GError **error)
{
    for (guint r = 0; r < n_rows; r++) {
        g_autofree gchar *weights_name = g_strconcat(SLIM_ROOT, rows[r].slim, "/weights", NULL);
        const LeukoTensor *weights = leuko_params_find(params, weights_name);
        for (guint v = 0; weights && v < n_variables; v++) {
            g_autofree gchar *slim =
                g_strconcat(SLIM_ROOT, rows[r].slim, "/", variables[v].slim, NULL);
            g_autofree gchar *name = g_strconcat(rows[r].torch, ".", variables[v].torch, NULL);
            const LeukoTensor *t = leuko_params_find(params, slim);
            gboolean gamma = strcmp(variables[v].slim, "BatchNorm/gamma") == 0;
            if (!(t ? write_tensor(to, name, t, variables[v].layout, error)
                    : !gamma || write_gamma(to, name, weights, error)))
                return FALSE;
        }
    }
    return TRUE;
}

LeukoParams *leuko_layer_names_from_slim(const LeukoParams *params, LeukoLayerNames names,
                                         GError **error)
{
    if (names == LEUKO_LAYER_NAMES_SLIM)
        return leuko_params_ref((LeukoParams *)params);
    if (names == LEUKO_LAYER_NAMES_KERAS) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "cannot write weights under Keras's names");
        return NULL;
    }
    g_autoptr(LeukoParams) to = leuko_params_new();
    const LeukoLayerNamesVariable *conv = leuko_layer_names_conv_variables,
                                  *head = leuko_layer_names_head_variables;
    if (!write_rows(to, params, leuko_layer_names_convs, LEUKO_LAYER_NAMES_N_CONVS, conv,
                    LEUKO_LAYER_NAMES_N_CONV_VARIABLES, error) ||
        !write_rows(to, params, leuko_layer_names_aux, LEUKO_LAYER_NAMES_N_AUX, conv,
                    LEUKO_LAYER_NAMES_N_CONV_VARIABLES, error) ||
        !write_rows(to, params, leuko_layer_names_heads, LEUKO_LAYER_NAMES_N_HEADS, head,
                    LEUKO_LAYER_NAMES_N_HEAD_VARIABLES, error))
        return NULL;
    return g_steal_pointer(&to);
}
