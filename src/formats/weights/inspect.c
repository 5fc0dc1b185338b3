#include "formats/weights/inspect.h"
#include "base/error.h"
#include "base/plural.h"
#include "formats/foreign.h"
#include "formats/keras/keras.h"
#include "formats/layer-names.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/tf/checkpoint.h"
#include "formats/tf/graphdef.h"
#include "formats/torch/torch.h"
#include "formats/weights/read.h"
#include <math.h>
#include <string.h>

static json_t *shape_json(guint n_dims, const gsize *dims)
{
    json_t *shape = json_array();
    for (guint i = 0; i < n_dims; i++)
        json_array_append_new(shape, json_integer((json_int_t)dims[i]));
    return shape;
}

static json_t *tensor_json(const char *name, guint n_dims, const gsize *dims, const char *type,
                           const LeukoTensor *values)
{
    double sum = 0, squares = 0, mean = NAN, sd = NAN;
    for (gsize i = 0; values && i < values->n_values; i++)
        sum += values->data[i];
    if (values && values->n_values > 0) {
        mean = sum / (double)values->n_values;
        for (gsize i = 0; i < values->n_values; i++)
            squares += (values->data[i] - mean) * (values->data[i] - mean);
        sd = sqrt(squares / (double)values->n_values);
    }
    return json_pack("{s:o, s:o, s:s, s:o, s:o}", "name", leuko_json_text(name), "shape",
                     shape_json(n_dims, dims), "type", type, "mean", leuko_json_real_or_null(mean),
                     "sd", leuko_json_real_or_null(sd));
}

/* Lists integer tensors too, which the readers of weights ignore. */
static LeukoParams *list_safetensors(const char *path, gboolean with_values, json_t *list,
                                     GError **error)
{
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_open(path, error);
    LeukoParams *params = file ? leuko_safetensors_params(file, error) : NULL;
    for (guint i = 0; params && i < leuko_safetensors_n_tensors(file); i++) {
        const LeukoSafetensor *t = leuko_safetensors_nth(file, i);
        json_array_append_new(list,
                              tensor_json(t->name, t->n_dims, t->dims, t->dtype,
                                          with_values ? leuko_params_find(params, t->name) : NULL));
    }
    return params;
}

static LeukoParams *list_checkpoint(const char *path, gboolean with_values, json_t *list,
                                    GError **error)
{
    g_autoptr(LeukoTfCheckpoint) c = leuko_tf_checkpoint_open(path, error);
    for (guint i = 0; c && i < c->tensors->len; i++) {
        const LeukoTfTensor *t = c->tensors->pdata[i];
        json_array_append_new(
            list, tensor_json(t->name, t->n_dims, t->dims, t->type,
                              with_values ? leuko_params_find(c->params, t->name) : NULL));
    }
    return c ? leuko_params_ref(c->params) : NULL;
}

static LeukoParams *list_other(const char *path, LeukoFileKind kind, gboolean with_values,
                               json_t *list, GError **error)
{
    g_autoptr(GHashTable) types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gboolean torch = kind == LEUKO_FILE_ZIP || kind == LEUKO_FILE_PICKLE;
    LeukoParams *params = torch                     ? leuko_torch_tensors_typed(path, types, error)
                          : kind == LEUKO_FILE_HDF5 ? leuko_keras_read(path, types, NULL, error)
                          : kind == LEUKO_FILE_GRAPHDEF
                              ? leuko_graphdef_tensors_typed(path, types, error)
                              : leuko_foreign_tensors(path, error);
    for (guint i = 0; params && i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *t = leuko_params_nth(params, i);
        const char *type = g_hash_table_lookup(types, t->name);
        json_array_append_new(list, tensor_json(t->name, t->n_dims, t->dims, type ? type : "F32",
                                                with_values ? t : NULL));
    }
    return params;
}

/* The incomplete endpoints, each with the message of leuko_params_check_shapes(). */
static json_t *missing_json(const LeukoParams *params, const LeukoNetSpec *spec)
{
    json_t *list = json_array();
    const char *const *endpoints = leuko_net_endpoints();
    for (guint e = 0; endpoints[e]; e++) {
        LeukoNetSpec cut = *spec;
        cut.n_classes = 0;
        g_strlcpy(cut.endpoint, endpoints[e], sizeof cut.endpoint);
        g_autoptr(GError) why = NULL;
        g_autoptr(LeukoNet) net = leuko_net_new(&cut, &why);
        if (!net || !leuko_params_check_shapes(params, net, endpoints[e], &why))
            json_array_append_new(list, json_pack("{s:s, s:o}", "endpoint", endpoints[e], "first",
                                                  leuko_json_text(why->message)));
    }
    return list;
}

/* The tensors as a network, or why they are none. Errors: of reading and memory. */
static gboolean describe(json_t *report, const LeukoParams *tensors, LeukoFileKind kind,
                         const char *path, GError **error)
{
    LeukoForeign found;
    LeukoNetSpec spec;
    g_autoptr(GError) why = NULL;
    g_autoptr(LeukoParams) params = kind == LEUKO_FILE_GRAPHDEF
                                        ? leuko_graphdef_weights(path, &spec, &found, &why)
                                        : leuko_layer_names_to_slim(tensors, path, &found, &why);
    if (!params || !leuko_foreign_spec(params, path, &spec, &why)) {
        if (leuko_error_is_of_machine(why)) {
            g_propagate_error(error, g_steal_pointer(&why));
            return FALSE;
        }
        json_object_set_new(report, "names", json_null());
        json_object_set_new(report, "why_not", leuko_json_text(why->message));
        return TRUE;
    }
    const char *complete = leuko_foreign_complete_endpoint(params, &spec);
    json_object_set_new(report, "names", json_string(leuko_layer_names_text(found.names)));
    json_object_set_new(report, "classes", json_integer((json_int_t)found.n_classes));
    json_object_set_new(report, "classifier", *found.head ? json_string(found.head) : json_null());
    json_object_set_new(report, "why_no_classifier",
                        *found.no_head ? json_string(found.no_head) : json_null());
    json_object_set_new(report, "pool_includes_padding", json_boolean(found.pool_includes_padding));
    json_object_set_new(report, "depth_multiplier", json_real(spec.depth_multiplier));
    json_object_set_new(report, "complete_endpoint",
                        complete ? json_string(complete) : json_null());
    json_object_set_new(report, "missing", missing_json(params, &spec));
    const char *note = leuko_weights_lack_description(path);
    if (note && found.n_classes > 0)
        json_object_set_new(report, "note", json_string(note));
    return TRUE;
}

static json_t *inspect(const char *path, gboolean with_values, GError **error)
{
    LeukoFileKind kind = leuko_sniff_file(path, error);
    g_autoptr(json_t) list = json_array();
    if (kind == LEUKO_FILE_ABSENT)
        return NULL;
    g_autoptr(LeukoParams) tensors =
        kind == LEUKO_FILE_SAFETENSORS ? list_safetensors(path, with_values, list, error)
        : kind == LEUKO_FILE_TF_TABLE  ? list_checkpoint(path, with_values, list, error)
                                       : list_other(path, kind, with_values, list, error);
    if (!tensors)
        return NULL;
    g_autoptr(json_t) report =
        json_pack("{s:o, s:s}", "file", leuko_json_text(path), "kind", leuko_file_kind_text(kind));
    if (!describe(report, tensors, kind, path, error))
        return NULL;
    json_object_set(report, "tensors", list);
    return g_steal_pointer(&report);
}

json_t *leuko_weights_inspect(const char *path, GError **error)
{
    return inspect(path, TRUE, error);
}

json_t *leuko_weights_outline(const char *path, GError **error)
{
    return inspect(path, FALSE, error);
}

/* --- for a person ----------------------------------------------------------------------------- */

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* "NAME (3, 3, 32, 64) F32 mean ... sd ..." */
static void append_tensor(GString *text, const json_t *tensor)
{
    g_autofree gchar *name = leuko_one_line(text_at(tensor, "name"));
    g_autoptr(GString) shape = g_string_new("(");
    json_t *size, *mean = json_object_get(tensor, "mean");
    size_t i;
    json_array_foreach(json_object_get(tensor, "shape"), i, size) g_string_append_printf(
        shape, "%s%" JSON_INTEGER_FORMAT, i ? ", " : "", json_integer_value(size));
    g_string_append_c(shape, ')');
    g_string_append_printf(text, "%-64s %-20s %-5s", name, shape->str, text_at(tensor, "type"));
    if (json_is_number(mean))
        g_string_append_printf(text, " mean %11.4g  sd %10.4g", json_number_value(mean),
                               json_number_value(json_object_get(tensor, "sd")));
    g_string_append_c(text, '\n');
}

gchar *leuko_weights_network_text(const json_t *report)
{
    const char *names = text_at(report, "names"), *complete = text_at(report, "complete_endpoint");
    json_int_t n_classes = json_integer_value(json_object_get(report, "classes"));
    gboolean padding = json_is_true(json_object_get(report, "pool_includes_padding"));
    if (!names)
        return g_strdup(text_at(report, "why_not"));
    return g_strdup_printf("Inception V3 under %s's names, depth multiplier %g, "
                           "%" JSON_INTEGER_FORMAT " %s%s, %s%s",
                           names, json_real_value(json_object_get(report, "depth_multiplier")),
                           n_classes, leuko_plural((guint64)n_classes, "class", "classes"),
                           padding ? ", average pools count padding" : "",
                           complete ? "complete to " : "no endpoint is complete",
                           complete ? complete : "");
}

gchar *leuko_weights_report_text(const json_t *report)
{
    g_autofree gchar *network = leuko_weights_network_text(report);
    g_autoptr(GString) text = g_string_new(NULL);
    json_t *one;
    size_t i;
    json_array_foreach(json_object_get(report, "tensors"), i, one) append_tensor(text, one);
    g_string_append(text, network);
    json_array_foreach(json_object_get(report, "missing"), i, one)
        g_string_append_printf(text, "\nendpoint %s", text_at(one, "first"));
    if (text_at(report, "note"))
        g_string_append_printf(text, "\n%s", text_at(report, "note"));
    return g_string_free(g_steal_pointer(&text), FALSE);
}
