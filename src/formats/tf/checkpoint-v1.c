#include "base/budget.h"
#include "base/error.h"
#include "base/map.h"
#include "base/plural.h"
#include "formats/tf/checkpoint.h"
#include "leuko/error.h"
#include "proto/checkpoint.pb-c.h"
#include <string.h>

enum { DT_FLOAT = 1, DT_DOUBLE = 2, VERSION = 1 };

typedef Leuko__Ckpt__SavedTensorSlices Saved;
static void saved_free(Saved *s) { leuko__ckpt__saved_tensor_slices__free_unpacked(s, NULL); }
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Saved, saved_free)

typedef struct {
    LeukoTfCheckpoint *c;
    GHashTable *by_name;
    const char *file;    /* the shard */
    LeukoBudget *budget; /* of all shards */
    gboolean has_meta;
} Reader;

static gboolean take_tensor(Reader *r, const Leuko__Ckpt__SliceMeta *meta, GError **error)
{
    if (!leuko_budget_heap(r->budget, sizeof(LeukoTfTensor) + strlen(meta->name ? meta->name : "")))
        return leuko_budget_fail(r->budget, error);
    g_autoptr(LeukoTfTensor) t =
        leuko_tf_tensor_new(meta->name, meta->type, meta->shape, r->file, error);
    if (!t)
        return FALSE;
    const LeukoTfTensor *known = g_hash_table_lookup(r->by_name, t->name);
    if (known) { /* another shard has other slices of this tensor */
        gboolean same = known->dtype == t->dtype && known->n_dims == t->n_dims &&
                        memcmp(known->dims, t->dims, t->n_dims * sizeof *t->dims) == 0;
        return same || leuko_fail_format(
                           r->file, error,
                           "tensor \"%.200s\": its shape or type differs between shards", t->name);
    }
    g_hash_table_insert(r->by_name, t->name, t);
    g_ptr_array_add(r->c->tensors, g_steal_pointer(&t));
    return TRUE;
}

static gboolean take_meta(Reader *r, const Leuko__Ckpt__Meta *meta, GError **error)
{
    if (!meta)
        return leuko_fail_format(r->file, error, "the header names no tensors");
    if (meta->versions && meta->versions->min_consumer > VERSION) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: a V1 checkpoint of version %d, newer than the supported version %d",
                    r->file, meta->versions->min_consumer, VERSION);
        return FALSE;
    }
    for (gsize i = 0; i < meta->n_tensor; i++)
        if (!take_tensor(r, meta->tensor[i], error))
            return FALSE;
    r->has_meta = TRUE;
    return TRUE;
}

static gboolean put_values(Reader *r, LeukoTfTensor *t, const LeukoTfSlice *slice,
                           const Leuko__Ckpt__Values *v, GError **error)
{
    gsize sizes[LEUKO_MAX_DIMS] = {0}, n;
    if (!leuko_tf_slice_fit(slice, t, sizes, &n))
        return leuko_fail_format(r->file, error,
                                 "tensor \"%.200s\": a slice lies outside its shape", t->name);
    gsize n_there = !v                      ? 0
                    : t->dtype == DT_FLOAT  ? v->n_float_val
                    : t->dtype == DT_DOUBLE ? v->n_double_val
                                            : v->n_half_val;
    if (n_there != n)
        return leuko_fail_format(r->file, error, "tensor \"%.200s\": %zu %s for a slice of %zu",
                                 t->name, n_there, LEUKO_PLURAL(n_there, "value"), n);
    if (n == 0)
        return TRUE;
    if (t->dtype == DT_FLOAT || t->dtype == DT_DOUBLE)
        return leuko_tf_tensor_put(
            r->c, t, slice, t->dtype,
            t->dtype == DT_FLOAT ? (gconstpointer)v->float_val : v->double_val, r->file, error);
    g_autofree guint16 *halves = leuko_budget_alloc(r->budget, n * sizeof *halves);
    if (!halves)
        return leuko_budget_fail(r->budget, error);
    leuko_budget_give_back(r->budget, n * sizeof *halves); /* freed below */
    for (gsize i = 0; i < n; i++)
        halves[i] = (guint16)v->half_val[i];
    return leuko_tf_tensor_put(r->c, t, slice, t->dtype, halves, r->file, error);
}

static gboolean take_slice(Reader *r, const guint8 *key, gsize n_key,
                           const Leuko__Ckpt__SavedSlice *saved, GError **error)
{
    LeukoTfSlice slice;
    LeukoTfTensor *t = saved && saved->name ? g_hash_table_lookup(r->by_name, saved->name) : NULL;
    if (!t)
        return leuko_fail_format(r->file, error,
                                 "values of a tensor that its header does not name");
    if (!leuko_tf_slice_read(saved->slice, &slice))
        return leuko_fail_format(r->file, error,
                                 "tensor \"%.200s\": a slice of more than %d dimensions", t->name,
                                 LEUKO_MAX_DIMS);
    g_autoptr(GByteArray) expected = leuko_tf_slice_key(t->name, &slice);
    if (n_key != expected->len || memcmp(key, expected->data, n_key) != 0)
        return leuko_fail_format(
            r->file, error, "tensor \"%.200s\": a slice has the key of another slice", t->name);
    return !t->floating || put_values(r, t, &slice, saved->data, error);
}

static gboolean take_saved(Reader *r, const guint8 *key, gsize n_key, const Saved *saved,
                           GError **error)
{
    if (n_key == 0)
        return take_meta(r, saved->meta, error);
    if (!r->has_meta)
        return leuko_fail_format(r->file, error, "has no header");
    return take_slice(r, key, n_key, saved->data, error);
}

static gboolean visit(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                      gpointer user, GError **error)
{
    Reader *r = user;
    guint64 heap = r->budget->heap;
    g_autoptr(Saved) saved = leuko_budget_unpack(
        r->budget, &leuko__ckpt__saved_tensor_slices__descriptor, n_value, value);
    guint64 of_message = r->budget->heap - heap;
    if (leuko_budget_is_spent(r->budget))
        return leuko_budget_fail(r->budget, error);
    if (!saved)
        return leuko_fail_format(r->file, error, "an entry is not a SavedTensorSlices message");
    gboolean good = take_saved(r, key, n_key, saved, error);
    leuko_budget_give_back(r->budget, of_message); /* freed now */
    return good;
}

/* For "PREFIX-00003-of-00007": 7, and the position of 00003. A single table is one shard. */
static guint count_shards(const char *path, gsize *number_at)
{
    gsize n = strlen(path);
    const char *end = n > 15 ? path + n - 15 : "";
    *number_at = 0;
    if (end[0] != '-' || strncmp(end + 6, "-of-", 4) != 0)
        return 1;
    for (guint i = 0; i < 5; i++)
        if (!g_ascii_isdigit(end[1 + i]) || !g_ascii_isdigit(end[10 + i]))
            return 1;
    *number_at = n - 14;
    return (guint)g_ascii_strtoull(end + 10, NULL, 10);
}

static gboolean map_shards(const char *table_path, GBytes *table, GPtrArray *paths, GPtrArray *all,
                           guint64 *n_bytes, GError **error)
{
    gsize number_at;
    guint n = count_shards(table_path, &number_at);
    if (n == 0)
        return leuko_fail_format(table_path, error, "the name claims 0 shards");
    for (guint i = 0; i < n; i++) {
        gchar *path = g_strdup(table_path);
        if (number_at > 0) {
            g_autofree gchar *digits = g_strdup_printf("%05u", i);
            memcpy(path + number_at, digits, 5);
        }
        g_ptr_array_add(paths, path);
        gboolean is_table = strcmp(path, table_path) == 0;
        GBytes *bytes = is_table ? g_bytes_ref(table) : leuko_map_bytes(path, error);
        if (!bytes)
            return FALSE;
        g_ptr_array_add(all, bytes);
        *n_bytes += g_bytes_get_size(bytes);
    }
    return TRUE;
}

gboolean leuko_tf_read_v1(LeukoTfCheckpoint *c, const char *table_path, GBytes *table,
                          GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) shards = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    if (!map_shards(table_path, table, paths, shards, &c->n_file_bytes, error))
        return FALSE;
    g_auto(LeukoBudget) budget;
    leuko_budget_start(&budget, table_path, c->n_file_bytes);
    c->version = 1;
    c->n_shards = shards->len;
    for (guint i = 0; i < shards->len; i++) {
        Reader r = {.c = c, .by_name = by_name, .file = paths->pdata[i], .budget = &budget};
        gsize n_bytes;
        gconstpointer bytes = g_bytes_get_data(shards->pdata[i], &n_bytes);
        if (!leuko_tf_table_read(bytes, n_bytes, r.file, visit, &r, error))
            return FALSE;
        if (!r.has_meta)
            return leuko_fail_format(r.file, error, "has no header");
    }
    return TRUE;
}
