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
                 {"layer1.0.", "a ResNet"},
                 {"denseblock", "a DenseNet"},
                 {"inception3a.", "GoogLeNet (Inception V1)"},
                 {"conv2d_1a.", "Inception-ResNet"},
                 {"conv_stem.", "an EfficientNet or MobileNet"},
                 {"features.0.0.", "an EfficientNet, MobileNet or ConvNeXt"},
                 {"features.conv0.", "a DenseNet"},
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
                "timm or Keras (the first is \"%s\")%s%s%s",
                path, n, LEUKO_PLURAL(n, "tensor"), first, family ? "; it looks like " : "",
                family ? family : "",
                family ? ", and only Inception V3 is supported: retrain it with an Inception V3"
                       : "");
}

/* --- to slim -------------------------------------------------------------------------------- */

gboolean leuko_layer_names_put_rows(LeukoParams *to, const LeukoParams *tensors,
                                    const LeukoLayerNamesRow *rows, guint n_rows,
                                    const LeukoLayerNamesVariable *variables, guint n_variables,
                                    const char *prefix, gboolean from_slim, const char *path,
                                    GError **error)
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

static gboolean put_slim(LeukoParams *to, const LeukoParams *tensors, const char *prefix,
                         const char *path, GError **error)
{
    const LeukoLayerNamesVariable *conv = leuko_layer_names_conv_variables,
                                  *head = leuko_layer_names_head_variables;
    return leuko_layer_names_put_rows(
               to, tensors, leuko_layer_names_convs, LEUKO_LAYER_NAMES_N_CONVS, conv,
               LEUKO_LAYER_NAMES_N_CONV_VARIABLES, prefix, TRUE, path, error) &&
           leuko_layer_names_put_rows(to, tensors, leuko_layer_names_aux, LEUKO_LAYER_NAMES_N_AUX,
                                      conv, LEUKO_LAYER_NAMES_N_CONV_VARIABLES, prefix, TRUE, path,
                                      error) &&
           leuko_layer_names_put_rows(
               to, tensors, leuko_layer_names_heads, LEUKO_LAYER_NAMES_N_HEADS, head,
               LEUKO_LAYER_NAMES_N_HEAD_VARIABLES, prefix, TRUE, path, error);
}

static void find_head(const LeukoParams *params, LeukoForeign *found)
{
    const LeukoTensor *head = leuko_params_find(params, LEUKO_HEAD_WEIGHTS);
    found->n_classes = head ? (guint)MIN(head->dims[3], G_MAXINT) : 0;
    found->has_background_class = found->n_classes == 1001;
}

/* FALSE without an error: the names are not known. */
static gboolean put_any(LeukoParams *to, const LeukoParams *tensors, const char *path,
                        LeukoForeign *found, GError **error)
{
    g_autofree gchar *slim_prefix = find_prefix(tensors, SLIM_ROOT);
    GError *why = NULL;
    *found = (LeukoForeign){.names = LEUKO_LAYER_NAMES_SLIM};
    if (count_slim(tensors, slim_prefix) > 0)
        return put_slim(to, tensors, slim_prefix, path, error);
    if (leuko_layer_names_from_torch(to, tensors, path, found, &why)) {
        found->names = LEUKO_LAYER_NAMES_TORCHVISION;
        found->pool_includes_padding = found->transform_input = TRUE;
        return TRUE;
    }
    if (why) {
        g_propagate_error(error, why);
        return FALSE;
    }
    if (!any_keras(tensors))
        return FALSE;
    found->names = LEUKO_LAYER_NAMES_KERAS;
    return leuko_layer_names_from_keras(to, tensors, path, found, error);
}

LeukoParams *leuko_layer_names_to_slim(const LeukoParams *tensors, const char *path,
                                       LeukoForeign *found, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    GError *why = NULL;
    if (!put_any(params, tensors, path, found, &why) && why) {
        g_propagate_error(error, why);
        return NULL;
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
