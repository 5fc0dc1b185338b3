#include "base/budget.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/map.h"
#include "base/plural.h"
#include "formats/tf/checkpoint.h"
#include "leuko/error.h"
#include "proto/checkpoint.pb-c.h"
#include <string.h>

enum { DT_FLOAT = 1, DT_UINT8 = 4, MAX_SHARDS = 99999, VERSION = 1 };

typedef Leuko__Ckpt__BundleHeader Header;
typedef Leuko__Ckpt__BundleEntry Entry;
static void header_free(Header *h) { leuko__ckpt__bundle_header__free_unpacked(h, NULL); }
static void entry_free(Entry *e) { leuko__ckpt__bundle_entry__free_unpacked(e, NULL); }
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Header, header_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)

/* An entry of the index: the key, then the value. */
typedef struct {
    gsize n_key, n_value;
    guint8 bytes[];
} Row;

/* A shard of the data. Its entries do not overlap, so that together they are not larger. */
typedef struct {
    GBytes *bytes;
    guint64 n_named; /* bytes that entries have named so far */
} Shard;

typedef struct {
    LeukoTfCheckpoint *c;
    const char *index_path;
    GBytes *index;
    gchar *prefix;
    LeukoBudget budget; /* of the index and its data */
    LeukoPile *pile;    /* the rows */
    GPtrArray *rows;    /* of Row, by key */
    GArray *shards;     /* of Shard */
} Reader;

static gboolean take_row(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                         gpointer user, GError **error)
{
    Reader *r = user;
    Row *row = leuko_budget_heap(&r->budget, 2 * sizeof row) /* in `rows`, which doubles */
                   ? leuko_pile_take(r->pile, &r->budget, sizeof *row + n_key + n_value + 1)
                   : NULL;
    if (!row)
        return leuko_budget_fail(&r->budget, error);
    row->n_key = n_key;
    row->n_value = n_value;
    if (n_key > 0)
        memcpy(row->bytes, key, n_key);
    if (n_value > 0)
        memcpy(row->bytes + n_key, value, n_value);
    g_ptr_array_add(r->rows, row);
    return TRUE;
}

static Entry *unpack_entry(Reader *r, const Row *row)
{
    return leuko_budget_unpack(&r->budget, &leuko__ckpt__bundle_entry__descriptor, row->n_value,
                               row->bytes + row->n_key);
}

/* Binary search; the table is sorted by the bytes of its keys. */
static const Row *find_row(const Reader *r, const GByteArray *key)
{
    guint low = 0, high = r->rows->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const Row *row = r->rows->pdata[middle];
        int order = memcmp(row->bytes, key->data, MIN(row->n_key, key->len));
        if (order == 0 && row->n_key == key->len)
            return row;
        if (order < 0 || (order == 0 && row->n_key < key->len))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static gboolean take_header(Reader *r, GError **error)
{
    const Row *row = r->rows->pdata[0]; /* its key is "", which read_table() has checked */
    g_autoptr(Header) h = leuko_budget_unpack(&r->budget, &leuko__ckpt__bundle_header__descriptor,
                                              row->n_value, row->bytes + row->n_key);
    if (leuko_budget_is_spent(&r->budget))
        return leuko_budget_fail(&r->budget, error);
    if (!h || h->num_shards < 1 || h->num_shards > MAX_SHARDS)
        return leuko_fail_format(r->index_path, error,
                                 "the header does not give the number of shards");
    if (h->endianness != 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: written on a big-endian machine", r->index_path);
        return FALSE;
    }
    if (h->version && h->version->min_consumer > VERSION) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: a V2 checkpoint of version %d, newer than the supported version %d",
                    r->index_path, h->version->min_consumer, VERSION);
        return FALSE;
    }
    r->c->n_shards = (guint)h->num_shards;
    return TRUE;
}

static gchar *shard_path(const Reader *r, guint shard)
{
    return g_strdup_printf("%s.data-%05u-of-%05u", r->prefix, shard, r->c->n_shards);
}

/* Map all shards; a missing shard is an error. */
static gboolean open_shards(Reader *r, GError **error)
{
    for (guint i = 0; i < r->c->n_shards; i++) {
        g_autofree gchar *path = shard_path(r, i);
        const Shard shard = {leuko_map_bytes(path, error), 0};
        if (!shard.bytes)
            return FALSE;
        g_array_append_val(r->shards, shard);
        r->c->n_file_bytes += g_bytes_get_size(shard.bytes);
    }
    return TRUE;
}

/* Find the shard and the bytes of an entry, and check that they lie inside the file and are not
 * those of other entries. */
static gboolean find_data(Reader *r, const LeukoTfTensor *t, const Entry *e, GBytes **shard,
                          const guint8 **data, GError **error)
{
    gsize n_shard;
    if (e->shard_id < 0 || (guint)e->shard_id >= r->c->n_shards)
        return leuko_fail_format(r->index_path, error, "tensor \"%.200s\": in shard %d of %u",
                                 t->name, e->shard_id, r->c->n_shards);
    Shard *there = &g_array_index(r->shards, Shard, e->shard_id);
    *shard = there->bytes;
    *data = g_bytes_get_data(*shard, &n_shard);
    g_autofree gchar *path = shard_path(r, (guint)e->shard_id);
    if (e->offset < 0 || e->size < 0 || (guint64)e->offset > n_shard ||
        (guint64)e->size > n_shard - (guint64)e->offset)
        return leuko_fail_format(path, error,
                                 "tensor \"%.200s\": its data (%" G_GINT64_FORMAT
                                 " %s at %" G_GINT64_FORMAT ") lies outside the file's %zu",
                                 t->name, e->size, LEUKO_PLURAL(e->size, "byte"), e->offset,
                                 n_shard);
    /* each byte is read once, however many entries there are */
    if (there->n_named + (guint64)e->size > n_shard)
        return leuko_fail_format(path, error,
                                 "tensor \"%.200s\": its data overlaps that of another tensor: the "
                                 "index names more than the file's %zu %s",
                                 t->name, n_shard, LEUKO_PLURAL(n_shard, "byte"));
    there->n_named += (guint64)e->size;
    if (*data)
        *data += e->offset;
    return TRUE;
}

/* Check that the size fits n values, and the checksum. */
static gboolean check_data(Reader *r, const LeukoTfTensor *t, const Entry *e, gsize n,
                           const guint8 *data, GError **error)
{
    gsize width = leuko_tf_type_bytes(t->dtype); /* n x 16 does not overflow */
    if (width > 0 && (guint64)e->size != n * width)
        return leuko_fail_format(
            r->index_path, error, "tensor \"%.200s\": %" G_GINT64_FORMAT " %s for %zu %s of %s",
            t->name, e->size, LEUKO_PLURAL(e->size, "byte"), n, LEUKO_PLURAL(n, "value"), t->type);
    if (width > 0 && e->crc32c != leuko_crc32c_mask(leuko_crc32c(data, (gsize)e->size)))
        return leuko_fail_format(r->index_path, error, "tensor \"%.200s\": wrong checksum",
                                 t->name);
    return TRUE;
}

static gboolean take_whole(Reader *r, LeukoTfTensor *t, const Entry *e, GError **error)
{
    GBytes *shard = NULL;
    const guint8 *data = NULL;
    if (!find_data(r, t, e, &shard, &data, error) || !check_data(r, t, e, t->n_values, data, error))
        return FALSE;
    if (t->dtype == DT_UINT8)
        t->bytes = g_bytes_new_from_bytes(shard, (gsize)e->offset, (gsize)e->size);
    if (!t->floating || t->n_values == 0)
        return TRUE;
    if (t->dtype != DT_FLOAT || (guintptr)data % sizeof(float) != 0)
        return leuko_tf_tensor_put(r->c, t, NULL, t->dtype, data, r->index_path, error);
    t->n_filled = t->n_values;
    return leuko_params_add_borrowed(r->c->params, t->name, t->n_dims, t->dims,
                                     (const float *)(gconstpointer)data, shard, error);
}

static gboolean take_slice(Reader *r, LeukoTfTensor *t, const Leuko__Ckpt__Slice *from,
                           GError **error)
{
    LeukoTfSlice slice;
    gsize sizes[LEUKO_MAX_DIMS] = {0}, n;
    GBytes *shard = NULL;
    const guint8 *data = NULL;
    if (!leuko_tf_slice_read(from, &slice) || !leuko_tf_slice_fit(&slice, t, sizes, &n))
        return leuko_fail_format(r->index_path, error,
                                 "tensor \"%.200s\": a slice lies outside its shape", t->name);
    g_autoptr(GByteArray) key = leuko_tf_slice_key(t->name, &slice);
    const Row *row = leuko_budget_steps(&r->budget, key->len) ? find_row(r, key) : NULL;
    guint64 heap = r->budget.heap;
    g_autoptr(Entry) e = row ? unpack_entry(r, row) : NULL;
    if (leuko_budget_is_spent(&r->budget))
        return leuko_budget_fail(&r->budget, error);
    leuko_budget_give_back(&r->budget, r->budget.heap - heap); /* e is freed below */
    if (!e || e->dtype != t->dtype)
        return leuko_fail_format(r->index_path, error, "tensor \"%.200s\": a slice is missing",
                                 t->name);
    if (!find_data(r, t, e, &shard, &data, error) || !check_data(r, t, e, n, data, error))
        return FALSE;
    return !t->floating || n == 0 ||
           leuko_tf_tensor_put(r->c, t, &slice, t->dtype, data, r->index_path, error);
}

static gboolean take_tensor(Reader *r, const Row *row, GError **error)
{
    if (row->bytes[0] == 0) /* a slice; take_slice() looks it up */
        return TRUE;
    g_autofree gchar *name = g_strndup((const gchar *)row->bytes, row->n_key);
    if (!leuko_budget_heap(&r->budget, sizeof(LeukoTfTensor) + row->n_key))
        return leuko_budget_fail(&r->budget, error);
    guint64 heap = r->budget.heap;
    if (strlen(name) != row->n_key)
        return leuko_fail_format(r->index_path, error, "a tensor's name holds a zero byte");
    g_autoptr(Entry) e = unpack_entry(r, row);
    if (leuko_budget_is_spent(&r->budget))
        return leuko_budget_fail(&r->budget, error);
    leuko_budget_give_back(&r->budget, r->budget.heap - heap); /* e is freed below */
    if (!e)
        return leuko_fail_format(r->index_path, error,
                                 "tensor \"%.200s\": its entry is not a BundleEntry message", name);
    LeukoTfTensor *t = leuko_tf_tensor_new(name, e->dtype, e->shape, r->index_path, error);
    if (!t)
        return FALSE;
    g_ptr_array_add(r->c->tensors, t);
    if (e->n_slices == 0)
        return take_whole(r, t, e, error);
    for (gsize i = 0; i < e->n_slices; i++)
        if (!take_slice(r, t, e->slices[i], error))
            return FALSE;
    return TRUE;
}

static gboolean read_all(Reader *r, GError **error)
{
    gsize n_bytes;
    const guint8 *bytes = g_bytes_get_data(r->index, &n_bytes);
    r->c->n_file_bytes = n_bytes;
    leuko_budget_start(&r->budget, r->index_path, r->c->n_file_bytes);
    if (!leuko_tf_table_read(bytes, n_bytes, r->index_path, take_row, r, error) ||
        !take_header(r, error) || !open_shards(r, error))
        return FALSE;
    for (guint i = 1; i < r->rows->len; i++)
        if (!take_tensor(r, r->rows->pdata[i], error))
            return FALSE;
    return TRUE;
}

static void shard_clear(gpointer shard) { g_bytes_unref(((Shard *)shard)->bytes); }

gboolean leuko_tf_read_v2(LeukoTfCheckpoint *c, const char *table_path, GBytes *table,
                          GError **error)
{
    if (!g_str_has_suffix(table_path, ".index"))
        return leuko_fail_format(
            table_path, error,
            "the index of a V2 checkpoint: its name must end in .index, because "
            "the name leads to its data");
    g_autoptr(LeukoPile) pile = leuko_pile_new();
    g_autoptr(GPtrArray) rows = g_ptr_array_new();
    g_autoptr(GArray) shards = g_array_new(FALSE, FALSE, sizeof(Shard));
    g_array_set_clear_func(shards, shard_clear);
    g_autofree gchar *prefix = g_strndup(table_path, strlen(table_path) - strlen(".index"));
    Reader r = {.c = c,
                .index_path = table_path,
                .index = table,
                .prefix = prefix,
                .pile = pile,
                .rows = rows,
                .shards = shards};
    c->version = 2;
    gboolean good = read_all(&r, error);
    leuko_budget_end(&r.budget);
    return good;
}
