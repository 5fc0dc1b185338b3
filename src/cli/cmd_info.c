#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "data/example.h"
#include "data/tfrecord.h"
#include "formats/graphdef.h"
#include "formats/keras.h"
#include "formats/model-json.h"
#include "formats/safetensors.h"
#include "formats/sniff.h"
#include "formats/tf-checkpoint.h"
#include "leuko/graph.h"
#include <math.h>
#include <string.h>

static json_t *info; /* what is told, as JSON too */

static void tell(const char *key, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void tell(const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    json_object_set_new(info, key, leuko_json_text(text));
}

static void tell_model(const LeukoModel *m)
{
    g_autofree gchar *classes = g_strjoinv(", ", m->classes);
    tell("network", "inception_v3 to %s, depth multiplier %g, side %u px%s", m->spec.endpoint,
         m->spec.depth_multiplier, m->spec.side_px,
         m->spec.pool_includes_padding ? ", average pools count padding" : "");
    tell("classes", "%s", classes);
    tell("positive class", "%s", m->positive >= 0 ? m->classes[m->positive] : "none named");
    tell("preprocessing", "crop %g, %s resize to %u px, x / 127.5 - 1", m->preprocess.crop_fraction,
         m->preprocess.antialias ? "antialiased bilinear" : "slim's bilinear", m->preprocess.side_px);
    if (isfinite(m->threshold))
        tell("threshold", "%.4f for the positive class", m->threshold);
    tell("temperature", "%g%s", m->temperature, m->temperature == 1 ? " (uncalibrated)" : "");
    const char *key;
    json_t *value;
    json_object_foreach(m->provenance, key, value)
    {
        if (json_is_array(value)) {
            tell(key, "%zu digests", json_array_size(value));
        } else {
            g_autofree gchar *text = json_is_string(value) ? g_strdup(json_string_value(value))
                                                           : leuko_json_to_line(value);
            tell(key, "%s", text);
        }
    }
    tell("notice", "%s", CLI_RESEARCH_ONLY);
}

/* Where the graph was compared with fp32; nothing where it was not. */
static void tell_gates(json_t *compiled)
{
    const char *here = json_string_value(json_object_get(json_object_get(compiled, "gate"), "isa"));
    g_autoptr(GString) all = g_string_new(here);
    json_t *one;
    gsize i;
    json_array_foreach(json_object_get(compiled, "gate_elsewhere"), i, one)
    {
        const char *isa = json_string_value(json_object_get(one, "isa"));
        g_string_append_printf(all, "%s%s", all->len ? ", " : "", isa ? isa : "?");
    }
    if (all->len > 0)
        tell("gate held on", "%s", all->str);
}

static gboolean tell_compiled(const char *path, GError **error)
{
    g_autoptr(LeukoGraph) g = leuko_graph_load(path, error);
    if (!g)
        return FALSE;
    guint n_raised = 0;
    for (guint i = 0; i < g->n_convs; i++)
        n_raised += g->convs[i].raised ? 1 : 0;
    tell("kind", "a graph compiled by leuko");
    tell("precision", "%s%s", leuko_precision_name(g->precision),
         g->vnni ? ", for processors with VNNI" : ", for any processor");
    if (g->precision == LEUKO_INT8)
        tell("convolutions", "%u, %u of them kept in bf16", g->n_convs, n_raised);
    tell_gates(g->compiled);
    g_autofree gchar *compiled = leuko_json_to_line(g->compiled);
    tell("compiled", "%s", compiled);
    tell_model(g->model);
    return TRUE;
}

static gboolean tell_safetensors(const char *path, GError **error)
{
    g_autoptr(LeukoSafetensors) f = leuko_safetensors_open(path, error);
    if (!f)
        return FALSE;
    guint n = leuko_safetensors_n_tensors(f);
    gsize values = 0;
    for (guint i = 0; i < n; i++)
        values += leuko_safetensors_nth(f, i)->n_values;
    tell("tensors", "%u, %zu values; the first is %s", n, values,
         n > 0 ? leuko_safetensors_nth(f, 0)->name : "(none)");
    if (g_strcmp0(leuko_safetensors_metadata(f, "format"), "leuko-graph") == 0)
        return tell_compiled(path, error);
    if (leuko_safetensors_metadata(f, "leuko")) {
        g_autoptr(LeukoModel) m = leuko_model_load(path, error);
        if (!m)
            return FALSE;
        tell("kind", "a Leuko model (safetensors)");
        tell_model(m);
        return TRUE;
    }
    const char *key;
    json_t *value;
    json_object_foreach(leuko_safetensors_all_metadata(f), key, value)
        tell(key, "%s", json_string_value(value));
    return TRUE;
}

static gboolean tell_graphdef(const char *path, GError **error)
{
    g_autofree gchar *text = leuko_graphdef_describe(path, error);
    if (!text)
        return FALSE;
    tell("graph", "%s", text);
    g_autoptr(GError) why = NULL;
    g_autoptr(LeukoModel) m = leuko_graphdef_load(path, &why);
    if (m)
        tell_model(m);
    else
        tell("model", "none: %s", why->message);
    return TRUE;
}

static gboolean tell_checkpoint(const char *path, GError **error)
{
    g_autoptr(LeukoTfCheckpoint) c = leuko_tf_checkpoint_open(path, error);
    if (!c)
        return FALSE;
    g_autoptr(LeukoModel) m = leuko_tf_checkpoint_load(path, leuko_tf_checkpoint_is_described(path) ? error : NULL);
    if (!m && leuko_tf_checkpoint_is_described(path))
        return FALSE;
    const LeukoTfTensor *first = c->tensors->len > 0 ? c->tensors->pdata[0] : NULL;
    g_autofree gchar *name = leuko_one_line(first ? first->name : "(none)");
    tell("kind", "a TensorFlow checkpoint, V%u, %u shard%s", c->version, c->n_shards, c->n_shards == 1 ? "" : "s");
    tell("tensors", "%u, %u of floating numbers; the first is %s", c->tensors->len, leuko_params_n_tensors(c->params),
         name);
    if (m)
        tell_model(m);
    return TRUE;
}

/* An HDF5 file of others is told as that: only what is damaged fails. */
static gboolean tell_hdf5(const char *path, GError **error)
{
    LeukoKerasFound found;
    g_autoptr(GError) why = NULL;
    g_autoptr(LeukoParams) tensors = leuko_keras_read(path, NULL, &found, &why);
    if (!tensors && !g_error_matches(why, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!tensors) {
        tell("note", "%s", why->message);
        return TRUE;
    }
    g_autofree gchar *name = leuko_one_line(leuko_params_nth(tensors, 0)->name);
    tell("kind", "Keras's weights, %s%s%s", found.legacy ? "legacy .h5" : "Keras 3's .weights.h5",
         *found.writer ? ", written by Keras " : "", found.writer);
    tell("layers", "%" G_GUINT64_FORMAT " with variables", found.n_layers);
    tell("tensors", "%u of floating numbers, %" G_GUINT64_FORMAT " others; the first is %s",
         leuko_params_n_tensors(tensors), found.n_passed_over, name);
    return TRUE;
}

static gboolean tell_tfrecord(const char *path, GError **error)
{
    g_autoptr(LeukoTfrecord) r = leuko_tfrecord_open(path, error);
    GBytes *data = NULL;
    guint64 n = 0, n_pictures = 0, n_bytes = 0;
    g_autoptr(GError) why = NULL;
    if (!r)
        return FALSE;
    for (; leuko_tfrecord_next(r, &data, NULL, &why); n++) {
        g_auto(LeukoExample) e = {0};
        n_bytes += g_bytes_get_size(data);
        n_pictures += leuko_example_unpack(data, &e, "", NULL) ? 1 : 0;
        g_clear_pointer(&data, g_bytes_unref);
    }
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    tell("records", "%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes, every checksum right", n, n_bytes);
    tell("pictures", "%" G_GUINT64_FORMAT " of them are labelled pictures", n_pictures);
    return TRUE;
}

static gboolean tell_picture(const char *path, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_image_load(path, error);
    if (!image)
        return FALSE;
    tell("size", "%u x %u pixels", image->width, image->height);
    return TRUE;
}

/* Name, stages and shaves of an NCSDK v1 graph; the two others say no more here. */
static gboolean tell_ncs(const char *path, LeukoFileKind kind, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &why);
    if (!file) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s", why->message);
        return FALSE;
    }
    const char *p = g_mapped_file_get_contents(file);
    if (kind == LEUKO_FILE_NCS_V1 && g_mapped_file_get_length(file) >= 252) {
        guint32 stages;
        memcpy(&stages, p + 240, sizeof stages);
        g_autofree gchar *raw = g_strndup(p + 40, 100), *name = g_utf8_make_valid(raw, -1);
        tell("name", "%s", *name ? name : "(none)");
        guint16 shaves[2]; /* the first and the last */
        memcpy(shaves, p + 248, sizeof shaves);
        tell("stages", "%u", GUINT32_FROM_LE(stages));
        tell("shaves", "%u to %u", GUINT16_FROM_LE(shaves[0]), GUINT16_FROM_LE(shaves[1]));
    }
    tell("note", "runs on the stick only; leuko runs .safetensors, .pb and its own .graph");
    return TRUE;
}

static gboolean tell_file(const char *path, LeukoFileKind kind, GError **error)
{
    tell("file", "%s", path);
    tell("kind", "%s", leuko_file_kind_text(kind));
    switch (kind) {
    case LEUKO_FILE_SAFETENSORS: return tell_safetensors(path, error);
    case LEUKO_FILE_GRAPHDEF: return tell_graphdef(path, error);
    case LEUKO_FILE_TF_TABLE: return tell_checkpoint(path, error);
    case LEUKO_FILE_HDF5: return tell_hdf5(path, error);
    case LEUKO_FILE_TFRECORD: return tell_tfrecord(path, error);
    case LEUKO_FILE_PICTURE: return tell_picture(path, error);
    case LEUKO_FILE_NCS_V1:
    case LEUKO_FILE_NCS_V2:
    case LEUKO_FILE_MYRIAD: return tell_ncs(path, kind, error);
    default: return TRUE;
    }
}

gboolean cmd_info(int argc, char **argv, GError **error)
{
    g_autofree gchar *json_path = NULL;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &json_path, "Write it as JSON (- is stdout)", "FILE"}, {NULL}};
    if (!cli_parse("info", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    LeukoFileKind kind = leuko_sniff_file(argv[1], error);
    if (kind == LEUKO_FILE_ABSENT)
        return FALSE;
    g_autoptr(json_t) told = info = json_object();
    if (!tell_file(argv[1], kind, error))
        return FALSE;
    if (!json_path || strcmp(json_path, "-") != 0) {
        const char *key;
        json_t *value;
        json_object_foreach(told, key, value)
            cli_print("%s%-18s%s %s", cli_bold(), key, cli_plain(), json_string_value(value));
    }
    return json_path ? leuko_json_save(told, json_path, error) : TRUE;
}
