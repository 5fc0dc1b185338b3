#include "formats/safetensors.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/json.h"
#include "base/map.h"
#include "base/plural.h"
#include "formats/numbers.h"
#include "formats/stamp.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

static const guint64 MAX_HEADER_BYTES = 100000000;

struct LeukoSafetensors {
    gchar *name;
    GBytes *bytes;
    json_t *header;   /* owns the names */
    GArray *tensors;  /* of LeukoSafetensor, by offset */
    const char *crcs; /* 8 hex digits for each tensor, or NULL */
};

static const struct {
    const char *dtype;
    gsize n_bytes;
} dtypes[] = {{"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F64", 8}, {"I64", 8}, {"I32", 4}, {"I16", 2},
              {"I8", 1},  {"U8", 1},  {"BOOL", 1}, {"U16", 2}, {"U32", 4}, {"U64", 8}};

gboolean leuko_safetensors_sniff(gconstpointer bytes, gsize n_bytes)
{
    return n_bytes >= 9 && leuko_u64_at(bytes, 0) >= 2 &&
           leuko_u64_at(bytes, 0) <= MAX_HEADER_BYTES && ((const char *)bytes)[8] == '{';
}

static gboolean parse_shape(const char *name, const char *key, json_t *shape, LeukoSafetensor *t,
                            GError **error)
{
    if (!json_is_array(shape) || json_array_size(shape) > LEUKO_MAX_DIMS)
        return leuko_fail_format(name, error,
                                 "tensor \"%s\": its shape must be a list of at most %d sizes", key,
                                 LEUKO_MAX_DIMS);
    t->n_dims = (guint)json_array_size(shape);
    t->n_values = 1;
    for (guint i = 0; i < t->n_dims; i++) {
        json_t *size = json_array_get(shape, i);
        json_int_t v = json_integer_value(size);
        if (!json_is_integer(size) || v < 0 ||
            !g_size_checked_mul(&t->n_values, t->n_values, (gsize)v))
            return leuko_fail_format(name, error,
                                     "tensor \"%s\": dimension %u of its shape is invalid", key, i);
        t->dims[i] = (gsize)v;
    }
    return TRUE;
}

static gboolean parse_tensor(const char *name, const char *key, json_t *entry, const guint8 *data,
                             gsize n_data, LeukoSafetensor *t, GError **error)
{
    *t = (LeukoSafetensor){.name = key};
    json_t *offsets = json_object_get(entry, "data_offsets");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    gsize value_bytes = 0;
    for (gsize i = 0; dtype && i < G_N_ELEMENTS(dtypes); i++)
        if (strcmp(dtypes[i].dtype, dtype) == 0) {
            value_bytes = dtypes[i].n_bytes;
            t->dtype = dtypes[i].dtype;
        }
    if (!value_bytes)
        return leuko_fail_format(name, error, "tensor \"%s\": unknown type %s", key,
                                 dtype ? dtype : "(missing)");
    if (!parse_shape(name, key, json_object_get(entry, "shape"), t, error))
        return FALSE;
    json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin) ||
        (guint64)json_integer_value(end) > n_data)
        return leuko_fail_format(
            name, error, "tensor \"%s\": its data_offsets lie outside the file's %zu %s of data",
            key, n_data, LEUKO_PLURAL(n_data, "byte"));
    gsize needed;
    t->n_bytes = (gsize)(json_integer_value(end) - json_integer_value(begin));
    if (!g_size_checked_mul(&needed, t->n_values, value_bytes) || needed != t->n_bytes)
        return leuko_fail_format(name, error,
                                 "tensor \"%s\": its shape and type do not match its %zu %s", key,
                                 t->n_bytes, LEUKO_PLURAL(t->n_bytes, "byte"));
    t->data = data + json_integer_value(begin);
    return TRUE;
}

static gint by_offset(gconstpointer a, gconstpointer b)
{
    const LeukoSafetensor *x = a, *y = b;
    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return (x->n_bytes > y->n_bytes) - (x->n_bytes < y->n_bytes);
}

static gboolean check_offsets(const LeukoSafetensors *f, const guint8 *data, gsize n_data,
                              GError **error)
{
    const guint8 *at = data;
    for (guint i = 0; i < f->tensors->len; i++) {
        const LeukoSafetensor *t = &g_array_index(f->tensors, LeukoSafetensor, i);
        if (t->data != at)
            return leuko_fail_format(f->name, error, "tensor \"%s\": %s the one before it", t->name,
                                     (const guint8 *)t->data < at ? "overlaps"
                                                                  : "leaves a gap after");
        at += t->n_bytes;
    }
    if (at != data + n_data)
        return leuko_fail_format(f->name, error, "%zu unused %s after the last tensor",
                                 (gsize)(data + n_data - at),
                                 LEUKO_PLURAL((gsize)(data + n_data - at), "byte"));
    return TRUE;
}

static gboolean check_metadata(const char *name, json_t *metadata, GError **error)
{
    const char *key;
    json_t *value;
    if (metadata && !json_is_object(metadata))
        return leuko_fail_format(name, error, "\"__metadata__\" must be an object of strings");
    json_object_foreach(metadata, key, value) if (!json_is_string(value)) return leuko_fail_format(
        name, error, "\"__metadata__\": \"%s\" must be a string", key);
    return TRUE;
}

/* Check the header (n bytes at `text`) and find the tensors' checksums. */
static gboolean check_header(LeukoSafetensors *f, const char *text, gsize n, GError **error)
{
    static const char mark[] = LEUKO_SAFETENSORS_MARK;
    const char *all = leuko_safetensors_metadata(f, LEUKO_STAMP_KEY);
    if (!all)
        return TRUE;
    if (strlen(all) != 8 * ((gsize)f->tensors->len + 1) || !memmem(text, n, mark, sizeof mark - 1))
        return leuko_stamp_fail(f->name, "the header", error);
    f->crcs = all + 8;
    return leuko_stamp_check(text, n, mark, sizeof mark - 1, f->name, "the header", error);
}

gboolean leuko_safetensors_check_data(const LeukoSafetensors *f, GError **error)
{
    for (guint i = 0; f->crcs && i < f->tensors->len; i++) {
        const LeukoSafetensor *t = &g_array_index(f->tensors, LeukoSafetensor, i);
        guint32 expected;
        if (leuko_stamp_parse(f->crcs + 8 * (gsize)i, &expected) &&
            expected == leuko_crc32c(t->data, t->n_bytes))
            continue;
        g_autofree gchar *what = g_strdup_printf("tensor \"%s\"", t->name);
        return leuko_stamp_fail(f->name, what, error);
    }
    return TRUE;
}

LeukoSafetensors *leuko_safetensors_parse(GBytes *bytes, const char *name, GError **error)
{
    gsize n_bytes = 0;
    const guint8 *p = g_bytes_get_data(bytes, &n_bytes);
    if (n_bytes < 8 || leuko_u64_at(p, 0) > MAX_HEADER_BYTES || leuko_u64_at(p, 0) > n_bytes - 8) {
        leuko_fail_format(name, error,
                          "not a safetensors file: its header's length does not fit its %zu %s",
                          n_bytes, LEUKO_PLURAL(n_bytes, "byte"));
        return NULL;
    }
    gsize n_header = (gsize)leuko_u64_at(p, 0), n_data = n_bytes - 8 - n_header;
    const guint8 *data = p + 8 + n_header;
    g_autoptr(LeukoSafetensors) f = g_new0(LeukoSafetensors, 1);
    f->name = g_strdup(name);
    f->bytes = g_bytes_ref(bytes);
    f->tensors = g_array_new(FALSE, FALSE, sizeof(LeukoSafetensor));
    f->header = leuko_json_parse((const char *)p + 8, n_header, name, error);
    if (!f->header)
        return NULL;
    if (!json_is_object(f->header)) {
        leuko_fail_format(name, error, "its header must be a JSON object");
        return NULL;
    }
    if (!check_metadata(name, json_object_get(f->header, "__metadata__"), error))
        return NULL;
    const char *key;
    json_t *entry;
    json_object_foreach(f->header, key, entry)
    {
        LeukoSafetensor t;
        if (strcmp(key, "__metadata__") == 0)
            continue;
        if (f->tensors->len == LEUKO_PARAMS_MAX_TENSORS) {
            leuko_fail_format(name, error, "more than %d tensors", LEUKO_PARAMS_MAX_TENSORS);
            return NULL;
        }
        if (!parse_tensor(name, key, entry, data, n_data, &t, error))
            return NULL;
        g_array_append_val(f->tensors, t);
    }
    g_array_sort(f->tensors, by_offset);
    return check_offsets(f, data, n_data, error) &&
                   check_header(f, (const char *)p + 8, n_header, error)
               ? g_steal_pointer(&f)
               : NULL;
}

gchar *leuko_safetensors_peek(const char *path, const char *key)
{
    guint64 n_bytes;
    guint8 head[8];
    int fd = leuko_open_regular(path, &n_bytes, NULL);
    if (fd < 0)
        return NULL;
    guint64 n =
        leuko_pread_all(fd, head, sizeof head, 0) == sizeof head ? leuko_u64_at(head, 0) : 0;
    gboolean fits =
        n > 0 && n <= MAX_HEADER_BYTES && n_bytes >= sizeof head && n <= n_bytes - sizeof head;
    g_autofree gchar *text = fits ? g_try_malloc(n) : NULL;
    gboolean is_read = text && leuko_pread_all(fd, text, n, sizeof head) == (gssize)n;
    close(fd);
    g_autoptr(json_t) header = is_read ? leuko_json_parse(text, n, path, NULL) : NULL;
    json_t *metadata = json_object_get(header, "__metadata__");
    return g_strdup(json_string_value(json_object_get(metadata, key)));
}

LeukoSafetensors *leuko_safetensors_open(const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = leuko_map_bytes(path, error);
    return bytes ? leuko_safetensors_parse(bytes, path, error) : NULL;
}

void leuko_safetensors_free(LeukoSafetensors *f)
{
    if (!f)
        return;
    g_free(f->name);
    g_bytes_unref(f->bytes);
    json_decref(f->header);
    g_array_unref(f->tensors);
    g_free(f);
}

guint leuko_safetensors_n_tensors(const LeukoSafetensors *f) { return f->tensors->len; }

const LeukoSafetensor *leuko_safetensors_nth(const LeukoSafetensors *f, guint index)
{
    return &g_array_index(f->tensors, LeukoSafetensor, index);
}

GBytes *leuko_safetensors_bytes(const LeukoSafetensors *f, const LeukoSafetensor *t)
{
    const guint8 *start = g_bytes_get_data(f->bytes, NULL);
    return g_bytes_new_from_bytes(f->bytes, (gsize)((const guint8 *)t->data - start), t->n_bytes);
}

json_t *leuko_safetensors_all_metadata(const LeukoSafetensors *f)
{
    return json_object_get(f->header, "__metadata__");
}

const char *leuko_safetensors_metadata(const LeukoSafetensors *f, const char *key)
{
    return json_string_value(json_object_get(leuko_safetensors_all_metadata(f), key));
}

static gboolean add_tensor(LeukoParams *params, const LeukoSafetensor *t, GBytes *owner,
                           GError **error)
{
    gboolean f32 = strcmp(t->dtype, "F32") == 0;
    if (f32 && (guintptr)t->data % sizeof(float) == 0)
        return leuko_params_add_borrowed(params, t->name, t->n_dims, t->dims, t->data, owner,
                                         error);
    float *out = NULL;
    if (!leuko_params_add(params, t->name, t->n_dims, t->dims, &out, error))
        return FALSE;
    if (f32)
        memcpy(out, t->data, t->n_bytes);
    else if (strcmp(t->dtype, "F16") == 0)
        leuko_half_to_float(t->data, out, t->n_values);
    else if (strcmp(t->dtype, "BF16") == 0)
        leuko_bfloat_to_float(t->data, out, t->n_values);
    else
        leuko_double_to_float(t->data, out, t->n_values);
    return TRUE;
}

LeukoParams *leuko_safetensors_params(const LeukoSafetensors *f, GError **error)
{
    g_autoptr(LeukoParams) params = leuko_params_new();
    if (!leuko_safetensors_check_data(f, error))
        return NULL;
    for (guint i = 0; i < f->tensors->len; i++) {
        const LeukoSafetensor *t = &g_array_index(f->tensors, LeukoSafetensor, i);
        gboolean floating = t->dtype[0] == 'F' || t->dtype[0] == 'B';
        if (floating && strcmp(t->dtype, "BOOL") != 0 && !add_tensor(params, t, f->bytes, error)) {
            g_prefix_error(error, "%s: ", f->name);
            return NULL;
        }
    }
    return g_steal_pointer(&params);
}

LeukoParams *leuko_safetensors_tensors(const char *path, GError **error)
{
    g_autoptr(LeukoSafetensors) file = leuko_safetensors_open(path, error);
    return file ? leuko_safetensors_params(file, error) : NULL;
}
