#include "formats/describe.h"
#include "base/error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/plural.h"
#include "data/example.h"
#include "data/tfrecord.h"
#include "formats/describe-folder.h"
#include "formats/describe-model.h"
#include "formats/describe-weights.h"
#include "formats/facts.h"
#include "formats/headers.h"
#include "formats/keras/keras.h"
#include "formats/model-file.h"
#include "formats/onnx/onnx.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/tf/checkpoint.h"
#include "formats/tf/graphdef.h"
#include "formats/weights/known.h"
#include "formats/weights/read.h"
#include "image/image-file.h"
#include "leuko/image.h"
#include <string.h>

/* --- Leuko's safetensors ---------------------------------------------------------------------- */

static gboolean describe_compiled(const char *path, json_t *facts, GError **error)
{
    g_autoptr(LeukoGraph) g = leuko_graph_load(path, error);
    if (!g)
        return FALSE;
    leuko_facts_set(facts, "kind", "a graph compiled by leuko");
    leuko_graph_describe(g, facts);
    return TRUE;
}

static gboolean describe_safetensors(const char *path, LeukoFileKind kind, json_t *facts,
                                     GError **error)
{
    (void)kind;
    g_autoptr(LeukoSafetensors) f = leuko_safetensors_open(path, error);
    if (!f)
        return FALSE;
    if (g_strcmp0(leuko_safetensors_metadata(f, "format"), "leuko-graph") == 0)
        return describe_compiled(path, facts, error);
    gboolean is_model = leuko_safetensors_metadata(f, "leuko") != NULL;
    if (!leuko_weights_describe(path, is_model, facts, error))
        return FALSE;
    if (is_model) {
        g_autoptr(LeukoModel) m = leuko_model_load(path, error);
        if (!m)
            return FALSE;
        leuko_facts_set(facts, "kind", "a Leuko model (safetensors)");
        leuko_model_describe(m, facts);
        return TRUE;
    }
    const char *key;
    json_t *value;
    json_object_foreach(leuko_safetensors_all_metadata(f), key, value)
        leuko_facts_set(facts, key, "%.500s", json_string_value(value));
    return TRUE;
}

/* --- graphs and weights of other programs ----------------------------------------------------- */

/* Describe the model `m`, or if it is NULL, why the graph is not a model. */
static gboolean describe_graph_model(const LeukoModel *m, const GError *why, const char *path,
                                     json_t *facts)
{
    if (m)
        leuko_model_describe(m, facts);
    else
        leuko_facts_set(facts, "model", "none: %s", leuko_weights_message(why->message, path));
    return m != NULL;
}

static gboolean describe_graphdef(const char *path, LeukoFileKind kind, json_t *facts,
                                  GError **error)
{
    (void)kind;
    g_autoptr(GError) why = NULL;
    g_autofree gchar *text = leuko_graphdef_describe(path, error);
    if (!text)
        return FALSE;
    leuko_facts_set(facts, "graph", "%s", text);
    g_autoptr(LeukoModel) m = leuko_graphdef_load(path, &why);
    if (leuko_error_is_of_machine(why)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    describe_graph_model(m, why, path, facts);
    return TRUE;
}

static gboolean describe_onnx(const char *path, LeukoFileKind kind, json_t *facts, GError **error)
{
    (void)kind;
    g_autoptr(GError) why = NULL;
    g_autofree gchar *text = leuko_onnx_describe(path, error);
    if (!text)
        return FALSE;
    leuko_facts_set(facts, "graph", "%s", text);
    g_autoptr(LeukoModel) m = leuko_onnx_load(path, &why);
    if (leuko_error_is_of_machine(why)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (m)
        leuko_facts_set(facts, "kind", "an ONNX model that Leuko wrote");
    return describe_graph_model(m, why, path, facts) ||
           leuko_weights_describe(path, FALSE, facts, error);
}

static gboolean describe_checkpoint(const char *path, LeukoFileKind kind, json_t *facts,
                                    GError **error)
{
    (void)kind;
    g_autoptr(LeukoTfCheckpoint) c = leuko_tf_checkpoint_open(path, error);
    if (!c)
        return FALSE;
    gboolean ours = leuko_tf_checkpoint_is_described(path);
    g_autoptr(LeukoModel) m = ours ? leuko_tf_checkpoint_load(path, error) : NULL;
    if (ours && !m)
        return FALSE;
    leuko_facts_set(facts, "kind", "a TensorFlow checkpoint, V%u, %u %s%s", c->version, c->n_shards,
                    LEUKO_PLURAL(c->n_shards, "shard"), ours ? ", a Leuko model" : "");
    if (!leuko_weights_describe(path, ours, facts, error))
        return FALSE;
    if (m)
        leuko_model_describe(m, facts);
    else
        leuko_facts_set(facts, "note", "%s", leuko_weights_lack_description(path));
    return TRUE;
}

static gboolean describe_torch(const char *path, LeukoFileKind kind, json_t *facts, GError **error)
{
    if (!leuko_weights_describe(path, FALSE, facts, error))
        return FALSE;
    if (leuko_facts_has(facts, "tensors"))
        leuko_facts_set(facts, "kind", "PyTorch's .pth, %s",
                        kind == LEUKO_FILE_ZIP ? "a zip file" : "the format before 1.6");
    return TRUE;
}

static gboolean describe_hdf5(const char *path, LeukoFileKind kind, json_t *facts, GError **error)
{
    (void)kind;
    LeukoKerasFound found;
    g_autoptr(GError) why = NULL;
    g_autoptr(LeukoParams) tensors = leuko_keras_read(path, NULL, &found, &why);
    if (!tensors && !g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!tensors) {
        leuko_facts_set(facts, "note", "%s", why->message);
        return TRUE;
    }
    if (!leuko_weights_describe(path, FALSE, facts, error))
        return FALSE;
    g_autofree gchar *name = leuko_one_line(leuko_params_nth(tensors, 0)->name);
    leuko_facts_set(facts, "kind", "Keras's weights, %s%s%s",
                    found.legacy ? "legacy .h5" : "Keras 3's .weights.h5",
                    *found.writer ? ", written by Keras " : "", found.writer);
    leuko_facts_set(facts, "layers", "%" G_GUINT64_FORMAT " with variables", found.n_layers);
    leuko_facts_set(facts, "tensors",
                    "%u floating-point, %" G_GUINT64_FORMAT " %s; the first is %s",
                    leuko_params_n_tensors(tensors), found.n_ignored,
                    LEUKO_PLURAL(found.n_ignored, "other"), name);
    return TRUE;
}

/* --- records, images, archives, headers ------------------------------------------------------- */

typedef struct {
    guint64 n, n_images, n_bytes;
    gchar *features; /* of the first record */
    gboolean events; /* the file holds TensorBoard events */
} Records;

static void count_record(Records *r, GBytes *data)
{
    g_auto(LeukoExample) e = {0};
    gsize n = 0;
    const char *bytes = g_bytes_get_data(data, &n);
    if (r->n == 0) {
        r->features = leuko_example_features(data);
        r->events = g_strstr_len(bytes ? bytes : "", (gssize)n, "brain.Event:") != NULL;
    }
    r->n++;
    r->n_bytes += n;
    r->n_images += leuko_example_unpack(data, &e, "", NULL) ? 1 : 0;
}

static gboolean describe_tfrecord(const char *path, LeukoFileKind kind, json_t *facts,
                                  GError **error)
{
    (void)kind;
    g_autoptr(LeukoTfrecord) file = leuko_tfrecord_open(path, error);
    g_autoptr(GError) why = NULL;
    GBytes *data = NULL;
    Records r = {0};
    if (!file)
        return FALSE;
    while (leuko_tfrecord_next(file, &data, NULL, &why)) {
        count_record(&r, data);
        g_clear_pointer(&data, g_bytes_unref);
    }
    g_autofree gchar *features = r.features;
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    leuko_facts_set(facts, "records",
                    "%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " %s, all checksums valid", r.n,
                    r.n_bytes, LEUKO_PLURAL(r.n_bytes, "byte"));
    if (r.events)
        leuko_facts_set(facts, "contents",
                        "TensorBoard events: view them with tensorboard --logdir FOLDER");
    else
        leuko_facts_set(facts, "images", "%" G_GUINT64_FORMAT " labeled %s", r.n_images,
                        LEUKO_PLURAL(r.n_images, "image"));
    if (features)
        leuko_facts_set(facts, "features", "%.500s", features);
    return TRUE;
}

static void set_unless_empty(json_t *facts, const char *key, const char *text)
{
    if (*text)
        leuko_facts_set(facts, key, "%s", text);
}

/* A message without "PATH: ". */
static const char *skip_prefix(const char *message, const char *path)
{
    return g_str_has_prefix(message, path) ? message + strlen(path) + strlen(": ") : message;
}

/* An image of a kind that is not read is described by the reason. */
static gboolean describe_image(const char *path, LeukoFileKind kind, json_t *facts, GError **error)
{
    (void)kind;
    g_autoptr(GError) why = NULL;
    g_autofree gchar *bytes = NULL;
    gsize n_bytes = 0;
    LeukoImageNotes notes = {0};
    if (!leuko_image_read_file(path, &bytes, &n_bytes, error))
        return FALSE;
    g_autoptr(LeukoImage) image = leuko_image_decode_noted(bytes, n_bytes, path, &notes, &why);
    if (!image && !g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    leuko_facts_set(facts, "format", "%s", leuko_image_sniff(bytes, n_bytes));
    if (image)
        leuko_facts_set(facts, "size", "%u x %u pixels", image->width, image->height);
    else
        leuko_facts_set(facts, "not read", "%s", skip_prefix(why->message, path));
    set_unless_empty(facts, "samples", notes.samples);
    set_unless_empty(facts, "pages", notes.pages);
    set_unless_empty(facts, "color", notes.color);
    return TRUE;
}

static gboolean describe_archive(const char *path, LeukoFileKind kind, json_t *facts,
                                 GError **error)
{
    (void)kind;
    g_autoptr(GError) why = NULL;
    g_auto(GStrv) entries = leuko_weights_list_archive(path, &why);
    if (!entries && !g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    guint n = entries ? g_strv_length(entries) : 0;
    g_autofree gchar *list = entries ? g_strjoinv(", ", entries) : g_strdup(why->message);
    leuko_facts_set(facts, "holds", "%s%s", list,
                    n == LEUKO_WEIGHTS_MAX_LISTED ? ", perhaps more" : "");
    return TRUE;
}

static gboolean describe_nothing(const char *path, LeukoFileKind kind, json_t *facts,
                                 GError **error)
{
    (void)path;
    (void)kind;
    (void)facts;
    (void)error;
    return TRUE;
}

static gboolean describe_folder(const char *path, LeukoFileKind kind, json_t *facts, GError **error)
{
    (void)kind;
    return leuko_folder_describe(path, facts, error);
}

/* Of kinds that are not described by more than their beginning. */
enum { HEAD_BYTES = 1 << 16 };

/* Whether the description needs bytes behind the first HEAD_BYTES. */
static gboolean needs_whole_file(LeukoFileKind kind)
{
    return kind == LEUKO_FILE_NCS_V1 || kind == LEUKO_FILE_NCS_V2 || kind == LEUKO_FILE_MYRIAD ||
           kind == LEUKO_FILE_SAVED_MODEL || kind == LEUKO_FILE_META_GRAPH;
}

static gboolean describe_header(const char *path, LeukoFileKind kind, json_t *facts, GError **error)
{
    gsize n = 0;
    g_autoptr(GBytes) file = needs_whole_file(kind) ? leuko_map_bytes(path, error)
                                                    : leuko_map_head(path, HEAD_BYTES, error);
    gconstpointer bytes = file ? g_bytes_get_data(file, &n) : NULL;
    g_autoptr(json_t) header = file ? leuko_headers_json(kind, bytes, n, path, error) : NULL;
    return header && json_object_update(facts, header) == 0;
}

/* --- the table -------------------------------------------------------------------------------- */

/* Kinds that are not listed are described by their header. */
static const struct {
    LeukoFileKind kind;
    gboolean (*describe)(const char *path, LeukoFileKind kind, json_t *facts, GError **error);
} kinds[] = {
    {LEUKO_FILE_SAFETENSORS, describe_safetensors},
    {LEUKO_FILE_GRAPHDEF, describe_graphdef},
    {LEUKO_FILE_TF_TABLE, describe_checkpoint},
    {LEUKO_FILE_ONNX, describe_onnx},
    {LEUKO_FILE_ZIP, describe_torch},
    {LEUKO_FILE_PICKLE, describe_torch},
    {LEUKO_FILE_HDF5, describe_hdf5},
    {LEUKO_FILE_TFRECORD, describe_tfrecord},
    {LEUKO_FILE_IMAGE, describe_image},
    {LEUKO_FILE_GZIP, describe_archive},
    {LEUKO_FILE_TAR, describe_archive},
    {LEUKO_FILE_EMPTY, describe_nothing},
    {LEUKO_FILE_FOLDER, describe_folder},
};

json_t *leuko_file_describe(const char *path, GError **error)
{
    LeukoFileKind kind = leuko_sniff_file(path, error);
    if (kind == LEUKO_FILE_ABSENT)
        return NULL;
    g_autoptr(json_t) facts = json_object();
    json_object_set_new(facts, "file", leuko_json_text(path));
    leuko_facts_set(facts, "kind", "%s", leuko_file_kind_text(kind));
    gsize i = 0;
    while (i < G_N_ELEMENTS(kinds) && kinds[i].kind != kind)
        i++;
    gboolean good = i < G_N_ELEMENTS(kinds) ? kinds[i].describe(path, kind, facts, error)
                                            : describe_header(path, kind, facts, error);
    return good ? g_steal_pointer(&facts) : NULL;
}
