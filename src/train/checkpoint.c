#include "train/checkpoint.h"
#include "base/crc32c.h"
#include "base/json.h"
#include "base/plural.h"
#include "formats/safetensors.h"
#include "leuko/error.h"
#include "train/run-settings.h"
#include <string.h>

#define KEY            "leuko-checkpoint"
#define FORMAT_VERSION 2

void leuko_checkpoint_clear(LeukoCheckpoint *c)
{
    g_clear_pointer(&c->settings, json_decref);
    g_clear_pointer(&c->precision_reason, g_free);
    g_clear_pointer(&c->notes, json_decref);
}

static guint32 crc_of(const LeukoTrainedTensor *t)
{
    return leuko_crc32c(t->values, t->n * sizeof(float));
}

static gchar *describe(const LeukoCheckpoint *c, const LeukoTrainedTensor *tensors, guint n_tensors)
{
    json_t *sums = json_object();
    for (guint i = 0; i < n_tensors; i++)
        json_object_set_new(sums, tensors[i].name, json_integer(crc_of(&tensors[i])));
    g_autoptr(json_t) all = json_pack(
        "{s:i, s:O, s:s, s:s, s:I, s:I, s:I, s:O*, s:o}", "format", FORMAT_VERSION, "settings",
        c->settings, "precision", leuko_precision_name(c->precision), "precision_reason",
        c->precision_reason, "step", (json_int_t)c->step, "epoch", (json_int_t)c->epoch, "position",
        (json_int_t)c->position, "notes", c->notes, "crc32c", sums);
    g_assert(all);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(17));
    gchar *copy = g_strdup(text);
    free(text);
    return copy;
}

gboolean leuko_checkpoint_save(const LeukoCheckpoint *c, const LeukoTrainedTensor *tensors,
                               guint n_tensors, const char *path, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    for (guint i = 0; i < n_tensors; i++) {
        g_autoptr(GBytes) owner =
            g_bytes_new_static(tensors[i].values, tensors[i].n * sizeof(float));
        if (!leuko_params_add_borrowed(params, tensors[i].name, 1, &tensors[i].n, tensors[i].values,
                                       owner, error))
            return FALSE;
    }
    g_autofree gchar *text = describe(c, tensors, n_tensors);
    g_autoptr(json_t) metadata = json_pack("{s:s}", KEY, text);
    return leuko_safetensors_save(params, metadata, path, error);
}

/* The precision; Leuko 0.1 wrote it into `network` only: "...; fp32, blocks of 8 channels ...". */
static gboolean read_precision(json_t *json, LeukoPrecision *out, const char *path, GError **error)
{
    const char *network, *name;
    if (json_object_get(json, "precision"))
        return leuko_json_get_string(json, "precision", &name, path, error) &&
               leuko_precision_parse(name, out, error);
    if (!leuko_json_get_string(json, "network", &network, path, error))
        return FALSE;
    *out = strstr(network, "; bf16, ") ? LEUKO_BF16 : LEUKO_FP32;
    return TRUE;
}

static json_t *read_settings(json_t *json, const char *path, GError **error)
{
    const char *network, *dataset, *recipe;
    gint64 seed;
    json_t *settings = json_object_get(json, "settings");
    if (json_is_object(settings))
        return json_incref(settings);
    if (!leuko_json_get_string(json, "network", &network, path, error) ||
        !leuko_json_get_string(json, "dataset", &dataset, path, error) ||
        !leuko_json_get_string(json, "recipe", &recipe, path, error) ||
        !leuko_json_get_int(json, "seed", G_MININT64, G_MAXINT64, &seed, path, error))
        return NULL;
    return leuko_run_settings_from_texts(network, dataset, recipe, seed, path, error);
}

static gboolean read_state(json_t *json, LeukoCheckpoint *c, const char *path, GError **error)
{
    gint64 step, epoch, position;
    if (!leuko_json_check_format(json, FORMAT_VERSION, path, error) ||
        !leuko_json_get_int(json, "step", 0, G_MAXINT64, &step, path, error) ||
        !leuko_json_get_int(json, "epoch", 0, G_MAXINT64, &epoch, path, error) ||
        !leuko_json_get_int(json, "position", 0, G_MAXINT64, &position, path, error) ||
        !read_precision(json, &c->precision, path, error) ||
        !(c->settings = read_settings(json, path, error)))
        return FALSE;
    const char *reason = json_string_value(json_object_get(json, "precision_reason"));
    json_t *notes = json_object_get(json, "notes");
    c->precision_reason = g_strdup(reason ? reason : "recorded in the checkpoint");
    c->step = (guint64)step;
    c->epoch = (guint64)epoch;
    c->position = (guint64)position;
    c->notes = json_is_object(notes) ? json_incref(notes) : NULL;
    return TRUE;
}

/* Find a tensor in the file; it must be intact and have the right size. */
static const LeukoTensor *find_intact(const LeukoParams *params, const LeukoTrainedTensor *wanted,
                                      json_t *sums, const char *path, GError **error)
{
    const LeukoTensor *t = leuko_params_find(params, wanted->name);
    json_t *sum = json_object_get(sums, wanted->name);
    if (!t || t->n_values != wanted->n) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: tensor %s of %zu %s %s", path,
                    wanted->name, wanted->n, LEUKO_PLURAL(wanted->n, "value"),
                    t ? "has another size" : "is missing");
        return NULL;
    }
    guint32 crc = leuko_crc32c(t->data, t->n_values * sizeof(float));
    if (!json_is_integer(sum) || json_integer_value(sum) != (json_int_t)crc) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: tensor %s is damaged (wrong checksum)", path, wanted->name);
        return NULL;
    }
    return t;
}

/* The description in a checkpoint's file; new reference. */
static json_t *read_description(const LeukoSafetensors *file, const char *path, GError **error)
{
    const char *text = leuko_safetensors_metadata(file, KEY);
    if (text)
        return leuko_json_parse(text, strlen(text), path, error);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: a safetensors file, but not a training checkpoint", path);
    return NULL;
}

gboolean leuko_checkpoint_read(LeukoCheckpoint *c, const char *path, GError **error)
{
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_open(path, error);
    g_autoptr(json_t) json = file ? read_description(file, path, error) : NULL;
    g_auto(LeukoCheckpoint) found = {0};
    if (!json || !read_state(json, &found, path, error))
        return FALSE;
    leuko_checkpoint_clear(c);
    *c = found;
    memset(&found, 0, sizeof found);
    return TRUE;
}

gboolean leuko_checkpoint_read_tensors(const LeukoTrainedTensor *tensors, guint n_tensors,
                                       const char *path, GError **error)
{
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_open(path, error);
    g_autoptr(json_t) json = file ? read_description(file, path, error) : NULL;
    g_autoptr(LeukoParams) params = json ? leuko_safetensors_params(file, error) : NULL;
    if (!params)
        return FALSE;
    json_t *sums = json_object_get(json, "crc32c");
    for (guint i = 0; i < n_tensors; i++)
        if (!find_intact(params, &tensors[i], sums, path, error))
            return FALSE;
    for (guint i = 0; i < n_tensors; i++)
        memcpy(tensors[i].values, leuko_params_find(params, tensors[i].name)->data,
               tensors[i].n * sizeof(float));
    return TRUE;
}
