#include "formats/foreign.h"
#include "base/json.h"
#include "base/plural.h"
#include "leuko/error.h"
#include <string.h>

/* The last endpoint that has any tensor, or NULL. */
static const char *last_block(const LeukoParams *params)
{
    const char *const *endpoints = leuko_net_endpoints();
    const char *last = NULL;
    for (guint e = 0; endpoints[e]; e++) {
        g_autofree gchar *prefix = g_strdup_printf("InceptionV3/%s/", endpoints[e]);
        for (guint i = 0; i < leuko_params_n_tensors(params); i++)
            if (g_str_has_prefix(leuko_params_nth(params, i)->name, prefix)) {
                last = endpoints[e];
                break;
            }
    }
    return last;
}

/* Invert slim's rule max(int(d x m), 16): the smallest m, in hundredths, that gives the number of
 * channels of Conv2d_4a_3x3. */
static double find_depth_multiplier(const LeukoParams *params)
{
    const LeukoTensor *t = leuko_params_find(params, "InceptionV3/Conv2d_4a_3x3/weights");
    if (!t || t->n_dims != 4)
        return 1.0;
    for (guint hundredths = 1; hundredths <= 400; hundredths++)
        if (MAX((guint)(192 * (hundredths / 100.0)), 16) == t->dims[3])
            return hundredths / 100.0;
    return (double)t->dims[3] / 192.0;
}

gboolean leuko_foreign_spec(const LeukoParams *params, const char *path, LeukoNetSpec *spec,
                            GError **error)
{
    const char *last = last_block(params);
    const LeukoTensor *head = leuko_params_find(params, LEUKO_HEAD_WEIGHTS);
    *spec = leuko_net_spec_default();
    if (!last) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: none of its %u %s belongs to Inception V3", path,
                    leuko_params_n_tensors(params),
                    LEUKO_PLURAL(leuko_params_n_tensors(params), "tensor"));
        return FALSE;
    }
    spec->depth_multiplier = find_depth_multiplier(params);
    g_strlcpy(spec->endpoint, last, sizeof spec->endpoint);
    spec->n_classes = head && head->n_dims == 4 ? (guint)MIN(head->dims[3], G_MAXINT) : 0;
    return TRUE;
}

const char *leuko_foreign_complete_endpoint(const LeukoParams *params, const LeukoNetSpec *spec)
{
    const char *const *endpoints = leuko_net_endpoints();
    const char *complete = NULL;
    for (guint e = 0; endpoints[e]; e++) {
        LeukoNetSpec cut = *spec;
        cut.n_classes = 0;
        g_strlcpy(cut.endpoint, endpoints[e], sizeof cut.endpoint);
        g_autoptr(LeukoNet) net = leuko_net_new(&cut, NULL);
        if (!net || !leuko_params_check_shapes(params, net, "", NULL))
            break;
        complete = endpoints[e];
    }
    return complete;
}

json_t *leuko_foreign_source_json(const LeukoForeign *found, const char *path)
{
    g_autofree gchar *base = g_path_get_basename(path);
    json_t *o = json_pack("{s:s, s:o, s:b}", "names", leuko_layer_names_text(found->names), "file",
                          leuko_json_text(base), "background_class", found->has_background_class);
    if (found->names == LEUKO_LAYER_NAMES_TORCHVISION || found->names == LEUKO_LAYER_NAMES_TIMM)
        json_object_set_new(o, "transform_input", json_boolean(found->transform_input));
    if (*found->prefix)
        json_object_set_new(o, "prefix", json_string(found->prefix));
    if (*found->head)
        json_object_set_new(o, "classifier", json_string(found->head));
    if (found->n_classes == 1)
        json_object_set_new(o, "sigmoid", json_true());
    return o;
}

/* --- ImageNet's mean and deviation ---------------------------------------------------------- */

gboolean leuko_foreign_fold_imagenet(LeukoParams *params, const char *path, GError **error)
{
    static const double mean[3] = {0.485, 0.456, 0.406}, deviation[3] = {0.229, 0.224, 0.225};
    static const char weights_name[] = "InceptionV3/Conv2d_1a_3x3/weights",
                      mean_name[] = "InceptionV3/Conv2d_1a_3x3/BatchNorm/moving_mean";
    const LeukoTensor *w = leuko_params_find(params, weights_name),
                      *m = leuko_params_find(params, mean_name);
    if (!w || !m || w->n_dims != 4 || w->dims[2] != 3 || m->n_dims != 1 ||
        m->dims[0] != w->dims[3]) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: cannot fold in ImageNet's mean and deviation: no first convolution with "
                    "three color channels and batch norm",
                    path);
        return FALSE;
    }
    /* the old input was ((x + 1) / 2 - mean) / deviation = scale x + shift; no padding */
    gsize n = w->n_values, oc = w->dims[3];
    g_autofree double *shifted_mean = g_new(double, oc);
    g_autofree float *scaled = g_new(float, n);
    for (gsize o = 0; o < oc; o++)
        shifted_mean[o] = m->data[o];
    for (gsize i = 0; i < n; i++) { /* (kh, kw, ic, oc) */
        gsize c = i / oc % 3;
        scaled[i] = (float)(w->data[i] / (2 * deviation[c]));
        shifted_mean[i % oc] -= w->data[i] * (0.5 - mean[c]) / deviation[c];
    }
    const gsize dims[] = {w->dims[0], w->dims[1], 3, oc};
    float *new_weights, *new_mean;
    if (!leuko_params_add(params, weights_name, 4, dims, &new_weights, error) ||
        !leuko_params_add(params, mean_name, 1, &dims[3], &new_mean, error))
        return FALSE;
    memcpy(new_weights, scaled, n * sizeof *scaled);
    for (gsize o = 0; o < oc; o++)
        new_mean[o] = (float)shifted_mean[o];
    return TRUE;
}

/* --- whole classifiers ---------------------------------------------------------------------- */

/* The preprocessing of the network's authors. torchvision and timm: shorter side to 342, the center
 * 299 (crop 0.874). Keras: the whole image. */
static LeukoPreprocess preprocess_of(LeukoLayerNames names, guint side_px)
{
    LeukoPreprocess p = leuko_preprocess_default(side_px);
    if (names == LEUKO_LAYER_NAMES_SLIM)
        return leuko_preprocess_slim(side_px);
    if (names != LEUKO_LAYER_NAMES_KERAS)
        p.crop_fraction = 299.0 / 342.0;
    return p;
}

GStrv leuko_foreign_classes(const LeukoForeign *found)
{
    guint n = found->n_classes == 1 ? 2 : found->n_classes; /* a sigmoid gives two classes */
    GStrv classes = g_new0(gchar *, n + 1);
    guint first = found->has_background_class ? 1 : 0;
    for (guint k = 0; k < n; k++)
        classes[k] = k < first ? g_strdup("background") : g_strdup_printf("%u", k - first);
    return classes;
}

/* Replace the classifier of one output z by one of the two outputs 0 and z. */
static gboolean add_zero_output(LeukoParams *params, GError **error)
{
    const LeukoTensor *w = leuko_params_find(params, LEUKO_HEAD_WEIGHTS),
                      *b = leuko_params_find(params, LEUKO_HEAD_BIASES);
    gsize n = w->n_values, two = 2;
    const gsize dims[] = {1, 1, n, 2};
    float bias = b && b->n_values == 1 ? b->data[0] : 0, *out;
    g_autofree float *column = g_memdup2(w->data, n * sizeof *column);
    if (!leuko_params_add(params, LEUKO_HEAD_WEIGHTS, 4, dims, &out, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        out[2 * i + 1] = column[i];
    if (!leuko_params_add(params, LEUKO_HEAD_BIASES, 1, &two, &out, error))
        return FALSE;
    out[1] = bias;
    return TRUE;
}

LeukoModel *leuko_foreign_model(LeukoParams *params, const LeukoForeign *found, const char *path,
                                GError **error)
{
    LeukoNetSpec spec;
    if (!leuko_foreign_spec(params, path, &spec, error))
        return NULL;
    if (*found->no_head) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
            "%s: Inception V3 with a classifier that is not one linear layer: %s; as it is, "
            "the file can be the initial weights for training",
            path, found->no_head);
        return NULL;
    }
    if (spec.n_classes < 1) {
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_DATA,
            "%s: weights of Inception V3 without a classifier: initial weights for training only",
            path);
        return NULL;
    }
    gboolean sigmoid = spec.n_classes == 1;
    if (sigmoid && !add_zero_output(params, error))
        return NULL;
    spec.n_classes = MAX(spec.n_classes, 2);
    spec.pool_includes_padding = found->pool_includes_padding;
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, error);
    if (!net || !leuko_params_check(params, net, path, error))
        return NULL;
    g_autoptr(LeukoModel) m = leuko_model_new(&spec);
    m->params = leuko_params_ref(params);
    m->preprocess = preprocess_of(found->names, spec.side_px);
    m->classes = leuko_foreign_classes(found);
    m->positive = sigmoid ? 1 : -1;
    json_object_set_new(m->provenance, "source", leuko_foreign_source_json(found, path));
    return g_steal_pointer(&m);
}
