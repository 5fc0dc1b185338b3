#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/info.h"
#include "formats/graph.h"
#include "formats/keras/keras.h"
#include "formats/safetensors.h"
#include "formats/tf/graphdef.h"
#include "leuko/image.h"
#include <math.h>
#include <string.h>

static json_t *info; /* what is told, as JSON too */

void info_tell(const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    json_object_set_new(info, key, leuko_json_text(text));
}

gboolean info_has(const char *key) { return json_object_get(info, key) != NULL; }

void info_tell_model(const LeukoModel *m)
{
    enum { MOST = 40 };
    guint n = g_strv_length(m->classes);
    g_autofree gchar *all = g_strjoinv(", ", m->classes);
    g_autofree gchar *classes = n <= MOST ? g_steal_pointer(&all)
                                          : g_strdup_printf("%u: %s, %s, ... %s", n, m->classes[0],
                                                            m->classes[1], m->classes[n - 1]);
    info_tell("network", "inception_v3 to %s, depth multiplier %g, side %u px%s", m->spec.endpoint,
              m->spec.depth_multiplier, m->spec.side_px,
              m->spec.pool_includes_padding ? ", average pools count padding" : "");
    info_tell("classes", "%s", classes);
    info_tell("positive class", "%s", m->positive >= 0 ? m->classes[m->positive] : "none named");
    info_tell("preprocessing", "crop %g, %s resize to %u px, x / 127.5 - 1",
              m->preprocess.crop_fraction,
              m->preprocess.antialias ? "antialiased bilinear" : "slim's bilinear",
              m->preprocess.side_px);
    if (isfinite(m->threshold))
        info_tell("threshold", "%.4f for the positive class", m->threshold);
    info_tell("temperature", "%g%s", m->temperature, m->temperature == 1 ? " (uncalibrated)" : "");
    const char *key;
    json_t *value;
    json_object_foreach(m->provenance, key, value)
    {
        if (json_is_array(value)) {
            info_tell(key, "%zu digests", json_array_size(value));
        } else {
            g_autofree gchar *text = json_is_string(value) ? g_strdup(json_string_value(value))
                                                           : leuko_json_to_line(value);
            info_tell(key, "%s", text);
        }
    }
    info_tell("notice", "%s", CLI_RESEARCH_ONLY);
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
        info_tell("gate held on", "%s", all->str);
}

static gboolean tell_compiled(const char *path, GError **error)
{
    g_autoptr(LeukoGraph) g = leuko_graph_load(path, error);
    if (!g)
        return FALSE;
    guint n_raised = 0;
    for (guint i = 0; i < g->n_convs; i++)
        n_raised += g->convs[i].raised ? 1 : 0;
    info_tell("kind", "a graph compiled by leuko");
    info_tell("precision", "%s%s", leuko_precision_name(g->precision),
              g->vnni ? ", for processors with VNNI" : ", for any processor");
    if (g->precision == LEUKO_INT8)
        info_tell("convolutions", "%u, %u of them kept in bf16", g->n_convs, n_raised);
    tell_gates(g->compiled);
    g_autofree gchar *compiled = leuko_json_to_line(g->compiled);
    info_tell("compiled", "%s", compiled);
    info_tell_model(g->model);
    return TRUE;
}

static gboolean tell_safetensors(const char *path, GError **error)
{
    g_autoptr(LeukoSafetensors) f = leuko_safetensors_open(path, error);
    if (!f)
        return FALSE;
    if (g_strcmp0(leuko_safetensors_metadata(f, "format"), "leuko-graph") == 0)
        return tell_compiled(path, error);
    gboolean is_model = leuko_safetensors_metadata(f, "leuko") != NULL;
    if (!info_weights(path, is_model, error))
        return FALSE;
    if (is_model) {
        g_autoptr(LeukoModel) m = leuko_model_load(path, error);
        if (!m)
            return FALSE;
        info_tell("kind", "a Leuko model (safetensors)");
        info_tell_model(m);
        return TRUE;
    }
    const char *key;
    json_t *value;
    json_object_foreach(leuko_safetensors_all_metadata(f), key, value)
        info_tell(key, "%.500s", json_string_value(value));
    return TRUE;
}

static gboolean tell_graphdef(const char *path, GError **error)
{
    g_autofree gchar *text = leuko_graphdef_describe(path, error);
    if (!text)
        return FALSE;
    info_tell("graph", "%s", text);
    g_autoptr(GError) why = NULL;
    g_autoptr(LeukoModel) m = leuko_graphdef_load(path, &why);
    if (m)
        info_tell_model(m);
    else
        info_tell("model", "none: %s", info_behind_path(why->message, path));
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
        info_tell("note", "%s", why->message);
        return TRUE;
    }
    if (!info_weights(path, FALSE, error)) /* whose names, complete to where */
        return FALSE;
    g_autofree gchar *name = leuko_one_line(leuko_params_nth(tensors, 0)->name);
    info_tell("kind", "Keras's weights, %s%s%s",
              found.legacy ? "legacy .h5" : "Keras 3's .weights.h5",
              *found.writer ? ", written by Keras " : "", found.writer);
    info_tell("layers", "%" G_GUINT64_FORMAT " with variables", found.n_layers);
    info_tell("tensors", "%u of floating numbers, %" G_GUINT64_FORMAT " others; the first is %s",
              leuko_params_n_tensors(tensors), found.n_passed_over, name);
    return TRUE;
}

static gboolean tell_image(const char *path, GError **error)
{
    g_autoptr(LeukoImage) image = leuko_image_load(path, error);
    if (!image)
        return FALSE;
    info_tell("size", "%u x %u pixels", image->width, image->height);
    return TRUE;
}

static gboolean tell_file(const char *path, LeukoFileKind kind, GError **error)
{
    info_tell("file", "%s", path);
    info_tell("kind", "%s", leuko_file_kind_text(kind));
    switch (kind) {
    case LEUKO_FILE_SAFETENSORS:
        return tell_safetensors(path, error);
    case LEUKO_FILE_GRAPHDEF:
        return tell_graphdef(path, error);
    case LEUKO_FILE_TF_TABLE:
        return info_checkpoint(path, error);
    case LEUKO_FILE_ONNX:
        return info_onnx(path, error);
    case LEUKO_FILE_ZIP:
    case LEUKO_FILE_PICKLE:
        return info_torch(path, kind, error);
    case LEUKO_FILE_HDF5:
        return tell_hdf5(path, error);
    case LEUKO_FILE_TFRECORD:
        return info_tfrecord(path, error);
    case LEUKO_FILE_IMAGE:
        return tell_image(path, error);
    case LEUKO_FILE_GZIP:
    case LEUKO_FILE_TAR:
        return info_archive(path, error);
    case LEUKO_FILE_EMPTY:
    case LEUKO_FILE_FOLDER:
        return TRUE;
    default:
        return info_headers(path, kind, error);
    }
}

gboolean cmd_info(int argc, char **argv, GError **error)
{
    g_autofree gchar *json_path = NULL;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &json_path, "Write it as JSON (- is stdout)", "FILE"},
        {NULL}};
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
