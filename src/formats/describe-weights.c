#include "formats/describe-weights.h"
#include "base/error.h"
#include "base/json.h"
#include "base/plural.h"
#include "formats/facts.h"
#include "formats/weights/inspect.h"
#include <string.h>

static const char *text_at(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const char *leuko_weights_message(const char *message, const char *path)
{
    gsize n = strlen(path);
    return strncmp(message, path, n) == 0 && strncmp(message + n, ": ", 2) == 0 ? message + n + 2
                                                                                : message;
}

/* Sets "tensors" to "292, 27161264 values (F32 292); the first is ...". */
static void describe_tensors(json_t *tensors, json_t *facts)
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
    leuko_facts_set(facts, "tensors", "%zu, %" G_GUINT64_FORMAT " %s (%s); the first is %s",
                    json_array_size(tensors), n_values, LEUKO_PLURAL(n_values, "value"), types->str,
                    shown);
}

static void describe_network(json_t *outline, const char *path, json_t *facts)
{
    const char *complete = text_at(outline, "complete_endpoint");
    g_autofree gchar *network = leuko_weights_network_text(outline);
    leuko_facts_set(facts, "network", "%s", leuko_weights_message(network, path));
    if (!text_at(outline, "names"))
        return;
    json_int_t classes = json_integer_value(json_object_get(outline, "classes"));
    json_t *missing = json_object_get(outline, "missing");
    if (json_array_size(missing) > 0)
        leuko_facts_set(facts, "lacks", "for endpoint %s",
                        text_at(json_array_get(missing, 0), "first"));
    if (classes > 0)
        leuko_facts_set(facts, "classifier", "%" JSON_INTEGER_FORMAT " %s%s", classes,
                        leuko_plural((guint64)classes, "class", "classes"),
                        classes == 1001 ? ", the first one is background" : "");
    if (json_array_size(missing) == 0 && classes > 0)
        leuko_facts_set(facts, "use", "a complete classifier, to convert to a model");
    else if (complete)
        leuko_facts_set(facts, "use", "initial weights for training, to endpoint %s", complete);
}

gboolean leuko_weights_describe(const char *path, gboolean is_model, json_t *facts, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(json_t) outline = leuko_weights_outline(path, &why);
    if (outline) {
        describe_tensors(json_object_get(outline, "tensors"), facts);
        if (!is_model)
            describe_network(outline, path, facts);
        return TRUE;
    }
    if (!g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    leuko_facts_set(facts, "weights", "none: %s", leuko_weights_message(why->message, path));
    return TRUE;
}
