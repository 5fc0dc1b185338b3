/* Loads a checkpoint as a model, with its description or from its tensors alone. */
#include "base/io-error.h"
#include "base/json.h"
#include "base/map.h"
#include "formats/foreign.h"
#include "formats/layer-names.h"
#include "formats/model-json.h"
#include "formats/stamp.h"
#include "formats/tf/checkpoint.h"
#include "leuko/error.h"
#include <string.h>

/* PREFIX + ending, for the PREFIX of a V2 checkpoint; NULL for any other file. g_free. */
static gchar *beside_index(const char *path, const char *ending)
{
    g_autofree gchar *table = leuko_tf_checkpoint_table(path);
    const char *index = table ? table : path;
    if (!g_str_has_suffix(index, ".index"))
        return NULL;
    g_autofree gchar *prefix = g_strndup(index, strlen(index) - strlen(".index"));
    return g_strconcat(prefix, ending, NULL);
}

gboolean leuko_tf_checkpoint_is_described(const char *path)
{
    g_autofree gchar *json_path = beside_index(path, ".json");
    return json_path && !leuko_is_absent(json_path);
}

/* The description of a checkpoint that has one: it must name the digest of the index. Both files
 * are found from json_path, so that no answer of the file system is asked for twice. New. */
static json_t *read_description(const char *json_path, GError **error)
{
    g_autofree gchar *index_path =
        g_strdup_printf("%.*s.index", (int)(strlen(json_path) - strlen(".json")), json_path);
    g_autoptr(json_t) json = leuko_json_load(json_path, error);
    if (!json || !leuko_stamp_check_json(json, json_path, error))
        return NULL;
    g_autoptr(GBytes) index = leuko_map_bytes(index_path, error);
    if (!index)
        return NULL;
    g_autofree gchar *found = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, index);
    json_t *checkpoint = json_object_get(json, "checkpoint");
    if (g_strcmp0(json_string_value(json_object_get(checkpoint, "index_sha256")), found) == 0)
        return g_steal_pointer(&json);
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_DATA,
        "%s: describes another checkpoint (SHA-256 of the index differs); freeze the model again, "
        "or remove this file",
        json_path);
    return NULL;
}

gboolean leuko_tf_checkpoint_check_description(const char *path, GError **error)
{
    g_autofree gchar *json_path = beside_index(path, ".json");
    if (!json_path || leuko_is_absent(json_path))
        return TRUE;
    g_autoptr(json_t) json = read_description(json_path, error);
    return json != NULL;
}

LeukoModel *leuko_tf_checkpoint_description(const char *path, GError **error)
{
    g_autofree gchar *json_path = beside_index(path, ".json");
    if (!json_path) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: the index beside it is missing", path);
        return NULL;
    }
    g_autoptr(json_t) json = read_description(json_path, error);
    return json ? leuko_model_from_json(json, json_path, error) : NULL;
}

/* Give the lists their images. A checkpoint that another program wrote again may lack them. */
static gboolean attach_images(GPtrArray *lists, const LeukoTfCheckpoint *c, GError **error)
{
    for (guint i = 0; i < lists->len; i++) {
        g_autofree gchar *tensor = leuko_training_tensor(i),
                         *name = g_strdup_printf("%s: %s", c->path, tensor);
        for (guint k = c->tensors->len; k > 0; k--) { /* they are the last ones */
            const LeukoTfTensor *t = c->tensors->pdata[k - 1];
            if (strcmp(t->name, tensor) == 0 &&
                !leuko_training_list_attach(lists->pdata[i], t->bytes, name, error))
                return FALSE;
        }
    }
    return TRUE;
}

static LeukoModel *load_described(const char *path, GError **error)
{
    LeukoForeign found;
    g_autoptr(LeukoModel) m = leuko_tf_checkpoint_description(path, error);
    g_autoptr(LeukoTfCheckpoint) c = m ? leuko_tf_checkpoint_open(path, error) : NULL;
    if (!c || !attach_images(m->training, c, error))
        return NULL;
    m->params = leuko_layer_names_to_slim(c->params, path, &found, error);
    g_autoptr(LeukoNet) net = m->params ? leuko_net_new(&m->spec, error) : NULL;
    if (!net || !leuko_params_check(m->params, net, path, error))
        return NULL;
    return g_steal_pointer(&m);
}

LeukoModel *leuko_tf_checkpoint_load(const char *path, GError **error)
{
    if (leuko_tf_checkpoint_is_described(path))
        return load_described(path, error);
    LeukoForeign found;
    g_autoptr(LeukoParams) tensors = leuko_tf_checkpoint_tensors(path, error);
    g_autoptr(LeukoParams) params =
        tensors ? leuko_layer_names_to_slim(tensors, path, &found, error) : NULL;
    g_autoptr(LeukoModel) m = params ? leuko_foreign_model(params, &found, path, error) : NULL;
    if (!m)
        return NULL;
    g_autofree gchar *note =
        g_strdup_printf("%s: no description beside it: the classes are named %s to %s, and slim's "
                        "preprocessing is used, %u px",
                        path, m->classes[0], m->classes[m->spec.n_classes - 1], m->spec.side_px);
    leuko_model_set_note(m, note);
    return g_steal_pointer(&m);
}
