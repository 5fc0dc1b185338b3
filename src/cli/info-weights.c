/* Weights of anybody, as `leuko info` tells of them. */
#include "cli/info.h"
#include "formats/onnx/onnx.h"
#include "formats/tf/checkpoint.h"
#include "formats/weights/inspect.h"
#include "leuko/error.h"
#include <string.h>

static const char *text_at(json_t *told, const char *key)
{
    return json_string_value(json_object_get(told, key));
}

const char *info_behind_path(const char *message, const char *path)
{
    gsize n = strlen(path);
    return strncmp(message, path, n) == 0 && strncmp(message + n, ": ", 2) == 0 ? message + n + 2
                                                                                : message;
}

/* "292, 27161264 values (F32 292); the first is ..." */
static void tell_tensors(json_t *tensors)
{
    g_autoptr(GString) types = g_string_new(NULL);
    g_autoptr(json_t) counts = json_object();
    guint64 n_values = 0;
    size_t i, d;
    json_t *t, *size, *count;
    const char *type;
    json_array_foreach(tensors, i, t)
    {
        guint64 n = 1;
        json_array_foreach(json_object_get(t, "shape"), d, size) n *=
            (guint64)json_integer_value(size);
        n_values += n;
        type = text_at(t, "type");
        json_object_set_new(counts, type,
                            json_integer(json_integer_value(json_object_get(counts, type)) + 1));
    }
    json_object_foreach(counts, type, count)
        g_string_append_printf(types, "%s%s %" JSON_INTEGER_FORMAT, types->len ? ", " : "", type,
                               json_integer_value(count));
    const char *first = text_at(json_array_get(tensors, 0), "name");
    g_autofree gchar *shown = leuko_one_line_cut(first ? first : "(none)", 120);
    info_tell("tensors", "%zu, %" G_GUINT64_FORMAT " values (%s); the first is %s",
              json_array_size(tensors), n_values, types->str, shown);
}

static void tell_network(json_t *told, const char *path)
{
    const char *names = text_at(told, "names"), *complete = text_at(told, "complete_endpoint");
    if (!names) {
        info_tell("network", "%s", info_behind_path(text_at(told, "why_not"), path));
        return;
    }
    json_int_t classes = json_integer_value(json_object_get(told, "classes"));
    json_t *missing = json_object_get(told, "missing");
    info_tell("network", "Inception V3 under %s's names, depth multiplier %g, complete %s%s%s",
              names, json_real_value(json_object_get(told, "depth_multiplier")),
              complete ? "to " : "nowhere", complete ? complete : "",
              json_is_true(json_object_get(told, "pool_includes_padding"))
                  ? ", average pools count padding"
                  : "");
    if (json_array_size(missing) > 0)
        info_tell("lacks", "for --endpoint %s", text_at(json_array_get(missing, 0), "first"));
    if (classes > 0)
        info_tell("classifier", "%" JSON_INTEGER_FORMAT " classes%s", classes,
                  classes == 1001 ? ", the first of them background" : "");
    if (json_array_size(missing) == 0 && classes > 0)
        info_tell("use", "a whole classifier: `leuko weights convert` makes it a model");
    else if (complete)
        info_tell("use", "weights to start from: leuko train --weights FILE --endpoint %s",
                  complete);
}

gboolean info_weights(const char *path, gboolean is_model, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(json_t) told = leuko_weights_outline(path, &why);
    if (told) {
        tell_tensors(json_object_get(told, "tensors"));
        if (!is_model)
            tell_network(told, path);
        return TRUE;
    }
    if (!g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    info_tell("weights", "none: %s", info_behind_path(why->message, path));
    return TRUE;
}

gboolean info_torch(const char *path, LeukoFileKind kind, GError **error)
{
    gboolean good = info_weights(path, FALSE, error);
    if (good && info_has("tensors"))
        info_tell("kind", "PyTorch's .pth, %s",
                  kind == LEUKO_FILE_ZIP ? "a zip file" : "the format before 1.6");
    return good;
}

gboolean info_checkpoint(const char *path, GError **error)
{
    g_autoptr(LeukoTfCheckpoint) c = leuko_tf_checkpoint_open(path, error);
    if (!c)
        return FALSE;
    gboolean ours = leuko_tf_checkpoint_is_described(path);
    g_autoptr(LeukoModel) m = ours ? leuko_tf_checkpoint_load(path, error) : NULL;
    if (ours && !m)
        return FALSE;
    info_tell("kind", "a TensorFlow checkpoint, V%u, %u shard%s%s", c->version, c->n_shards,
              c->n_shards == 1 ? "" : "s", ours ? ", a Leuko model" : "");
    if (!info_weights(path, m != NULL, error))
        return FALSE;
    if (m)
        info_tell_model(m);
    return TRUE;
}

gboolean info_onnx(const char *path, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree gchar *text = leuko_onnx_describe(path, error);
    if (!text)
        return FALSE;
    info_tell("graph", "%s", text);
    g_autoptr(LeukoModel) m = leuko_onnx_load(path, &why);
    if (!m) {
        info_tell("model", "none: %s", info_behind_path(why->message, path));
        return info_weights(path, FALSE, error);
    }
    info_tell("kind", "an ONNX model that Leuko wrote");
    info_tell_model(m);
    return TRUE;
}
