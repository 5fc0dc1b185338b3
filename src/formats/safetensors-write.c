#include "base/crc32c.h"
#include "base/durable.h"
#include "base/json.h"
#include "formats/numbers.h"
#include "formats/safetensors.h"
#include "formats/stamp.h"
#include <string.h>

enum { ALIGNMENT = 64 }; /* of the data in the file, so that a mapping can be used directly */

static gint by_name(gconstpointer a, gconstpointer b)
{
    const LeukoTensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static gboolean is_half(const LeukoTensor *t, gboolean half) { return half && t->n_dims == 4; }

static json_t *describe(const LeukoTensor *t, gboolean half, gsize *offset)
{
    json_t *shape = json_array();
    for (guint i = 0; i < t->n_dims; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->dims[i]));
    gsize begin = *offset;
    *offset += t->n_values * (is_half(t, half) ? 2 : 4);
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", is_half(t, half) ? "F16" : "F32", "shape",
                     shape, "data_offsets", (json_int_t)begin, (json_int_t)*offset);
}

/* F32 tensors first, so that they stay aligned; then by name. */
static GPtrArray *in_file_order(const LeukoParams *params, gboolean half)
{
    GPtrArray *first = g_ptr_array_new();
    g_autoptr(GPtrArray) second = g_ptr_array_new();
    for (guint i = 0; i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *t = leuko_params_nth(params, i);
        g_ptr_array_add(is_half(t, half) ? second : first, (gpointer)t);
    }
    g_ptr_array_sort(first, by_name);
    g_ptr_array_sort(second, by_name);
    g_ptr_array_extend(first, second, NULL, NULL);
    return first;
}

/* The bytes of a tensor in the file: its own, or *halves, which the caller frees. */
static gconstpointer file_bytes(const LeukoTensor *t, gboolean half, guint8 **halves,
                                gsize *n_bytes)
{
    *halves = NULL;
    *n_bytes = t->n_values * (is_half(t, half) ? 2 : sizeof(float));
    if (!is_half(t, half))
        return t->data;
    *halves = g_malloc(*n_bytes + 1);
    leuko_float_to_half(t->data, *halves, t->n_values);
    return *halves;
}

static gboolean write_values(LeukoDurable *file, const LeukoTensor *t, gboolean half,
                             GError **error)
{
    g_autofree guint8 *halves = NULL;
    gsize n_bytes;
    gconstpointer bytes = file_bytes(t, half, &halves, &n_bytes);
    return leuko_durable_write(file, bytes, n_bytes, error);
}

static void append_crc(GString *crcs, gconstpointer bytes, gsize n_bytes)
{
    g_string_append_printf(crcs, "%08x", leuko_crc32c(bytes, n_bytes));
}

/* A new file with the header, padded so that the data after it is aligned.
 * crcs  8 hex digits for each tensor */
static LeukoDurable *begin_file(const char *path, json_t *header, json_t *metadata,
                                const GString *crcs, GError **error)
{
    g_autoptr(json_t) all = metadata ? json_copy(metadata) : json_object();
    g_autofree gchar *checksums = g_strconcat(LEUKO_STAMP_ZEROS, crcs->str, NULL);
    json_object_set_new(all, LEUKO_STAMP_KEY, json_string(checksums));
    json_object_set(header, "__metadata__", all);
    g_autofree gchar *line = leuko_json_to_line(header);
    gsize n_line = strlen(line),
          n_header = (8 + n_line + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - 8;
    g_autofree gchar *padding = g_strnfill(n_header - n_line, ' '),
                     *text = g_strconcat(line, padding, NULL);
    leuko_stamp_write(text, n_header, LEUKO_SAFETENSORS_MARK, sizeof LEUKO_SAFETENSORS_MARK - 1);
    guint64 length = GUINT64_TO_LE((guint64)n_header);
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    return file && leuko_durable_write(file, &length, sizeof length, error) &&
                   leuko_durable_write(file, text, n_header, error)
               ? g_steal_pointer(&file)
               : NULL;
}

static gsize value_bytes(const LeukoSafetensor *t)
{
    return strcmp(t->dtype, "F32") == 0 ? 4 : t->dtype[1] == '8' ? 1 : 2;
}

static json_t *describe_values(const LeukoSafetensor *t, gsize *offset)
{
    json_t *shape = json_array();
    for (guint d = 0; d < t->n_dims; d++)
        json_array_append_new(shape, json_integer((json_int_t)t->dims[d]));
    gsize begin = *offset;
    *offset += t->n_values * value_bytes(t);
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", t->dtype, "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)*offset);
}

gboolean leuko_safetensors_save_with(const LeukoParams *params, const LeukoSafetensorsSave *how,
                                     json_t *metadata, const char *path, GError **error)
{
    g_autoptr(GPtrArray) tensors = in_file_order(params, how->half);
    g_autoptr(json_t) header = json_object();
    g_autoptr(GString) crcs = g_string_new(NULL);
    gsize offset = 0;
    for (guint i = 0; i < tensors->len; i++) {
        const LeukoTensor *t = tensors->pdata[i];
        g_autofree guint8 *halves = NULL;
        gsize n_bytes;
        gconstpointer bytes = file_bytes(t, how->half, &halves, &n_bytes);
        append_crc(crcs, bytes, n_bytes);
        json_object_set_new(header, t->name, describe(t, how->half, &offset));
    }
    for (guint i = 0; i < how->n_others; i++) {
        const LeukoSafetensor *t = &how->others[i];
        append_crc(crcs, t->data, t->n_values * value_bytes(t));
        json_object_set_new(header, t->name, describe_values(t, &offset));
    }
    g_autoptr(LeukoDurable) file = begin_file(path, header, metadata, crcs, error);
    if (!file)
        return FALSE;
    for (guint i = 0; i < tensors->len; i++)
        if (!write_values(file, tensors->pdata[i], how->half, error))
            return FALSE;
    for (guint i = 0; i < how->n_others; i++)
        if (!leuko_durable_write(file, how->others[i].data,
                                 how->others[i].n_values * value_bytes(&how->others[i]), error))
            return FALSE;
    return leuko_durable_commit(file, error);
}

gboolean leuko_safetensors_save(const LeukoParams *params, json_t *metadata, const char *path,
                                GError **error)
{
    const LeukoSafetensorsSave how = {0};
    return leuko_safetensors_save_with(params, &how, metadata, path, error);
}

/* Wide values first, then by name. */
static gint by_width(gconstpointer a, gconstpointer b)
{
    const LeukoSafetensor *const *x = a, *const *y = b;
    if (value_bytes(*x) != value_bytes(*y))
        return value_bytes(*x) > value_bytes(*y) ? -1 : 1;
    return strcmp((*x)->name, (*y)->name);
}

LeukoDurable *leuko_safetensors_begin(const LeukoSafetensor *tensors, guint n, json_t *metadata,
                                      const char *path, GError **error)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    g_autoptr(json_t) header = json_object();
    gsize offset = 0;
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(order, (gpointer)&tensors[i]);
    g_ptr_array_sort(order, by_width);
    g_autoptr(GString) crcs = g_string_new(NULL);
    for (guint i = 0; i < n; i++) {
        const LeukoSafetensor *t = order->pdata[i];
        append_crc(crcs, t->data, t->n_values * value_bytes(t));
        json_object_set_new(header, t->name, describe_values(t, &offset));
    }
    g_autoptr(LeukoDurable) file = begin_file(path, header, metadata, crcs, error);
    gboolean ok = file != NULL;
    for (guint i = 0; ok && i < n; i++) {
        const LeukoSafetensor *t = order->pdata[i];
        ok = leuko_durable_write(file, t->data, t->n_values * value_bytes(t), error);
    }
    return ok ? g_steal_pointer(&file) : NULL;
}
