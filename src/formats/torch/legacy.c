#include "base/error.h"
#include "base/map.h"
#include "formats/torch/file.h"
#include <string.h>

static const guint64 MAGIC_LOW =
    G_GUINT64_CONSTANT(0xa86a20f9469cfc6c); /* of 0x1950a86a20f9469cfc6c */
enum { PROTOCOL = 1001 };

typedef struct {
    const guint8 *bytes;
    gsize n_bytes, at;
    GBytes *all;
    const char *path;
    GHashTable *by_key;
} Reader;

static LeukoPickle *next_pickle(Reader *r, GError **error)
{
    gsize n_read = 0;
    LeukoPickle *p =
        leuko_pickle_read(r->bytes + r->at, MIN(r->n_bytes - r->at, LEUKO_TORCH_MAX_PICKLE_BYTES),
                          r->path, r->at, &n_read, error);
    r->at += n_read;
    return p;
}

static gboolean expect_int(Reader *r, guint64 wanted, GError **error)
{
    g_autoptr(LeukoPickle) p = next_pickle(r, error);
    const LeukoPickleValue *v = p ? leuko_pickle_root(p) : NULL;
    if (v && v->kind == LEUKO_PICKLE_INT && (guint64)v->integer == wanted)
        return TRUE;
    if (v)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "%s: a Python pickle, but not one that torch.save() wrote", r->path);
    return FALSE;
}

static gboolean skip_system(Reader *r, GError **error)
{
    g_autoptr(LeukoPickle) p = next_pickle(r, error);
    const LeukoPickleValue *little =
        p ? leuko_pickle_get(leuko_pickle_root(p), "little_endian") : NULL;
    if (!little || little->kind != LEUKO_PICKLE_INT || little->integer)
        return p != NULL;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: written on a big-endian machine",
                r->path);
    return FALSE;
}

/* The storages of a pickle by key; of two with one key, the first. */
static GHashTable *by_key(const LeukoPickle *p)
{
    GHashTable *found = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *all = leuko_pickle_storages(p);
    for (guint i = all->len; i > 0; i--) {
        const LeukoPickleValue *s = all->pdata[i - 1];
        g_hash_table_replace(found, (gpointer)s->text, (gpointer)s);
    }
    return found;
}

/* Read one storage: i64 number of values, then the values. */
static gboolean read_storage(Reader *r, LeukoTorchFile *f, const char *key, GError **error)
{
    const LeukoPickleValue *storage = g_hash_table_lookup(r->by_key, key);
    gint64 n = 0;
    gsize n_bytes = 0;
    if (r->n_bytes - r->at >= sizeof n) {
        memcpy(&n, r->bytes + r->at, sizeof n);
        n = GINT64_FROM_LE(n);
        r->at += sizeof n;
    } else {
        n = -1;
    }
    if (!storage || n < 0 || !g_size_checked_mul(&n_bytes, (gsize)n, storage->value_bytes) ||
        n_bytes > r->n_bytes - r->at) {
        g_autofree gchar *shown = leuko_one_line_cut(key, 60);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: byte %zu: storage \"%s\" %s",
                    r->path, r->at, shown,
                    storage ? "is larger than the rest of the file: truncated or damaged"
                            : "belongs to no tensor");
        return FALSE;
    }
    g_hash_table_insert(f->storages, g_strdup(key), g_bytes_new_from_bytes(r->all, r->at, n_bytes));
    r->at += n_bytes;
    return TRUE;
}

static gboolean read_storages(Reader *r, LeukoTorchFile *f, GError **error)
{
    g_autoptr(LeukoPickle) keys = next_pickle(r, error);
    if (!keys)
        return FALSE;
    const LeukoPickleValue *list = leuko_pickle_root(keys), *key;
    if (list->kind != LEUKO_PICKLE_LIST || leuko_pickle_n_items(list) > LEUKO_TORCH_MAX_ENTRIES) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: byte %zu: expected a list of at most %d storages", r->path, r->at,
                    LEUKO_TORCH_MAX_ENTRIES);
        return FALSE;
    }
    g_autoptr(GHashTable) storages = by_key(f->pickle);
    r->by_key = storages;
    for (guint i = 0; (key = leuko_pickle_item(list, i)); i++)
        if (!read_storage(r, f, key->kind == LEUKO_PICKLE_TEXT ? key->text : "", error))
            return FALSE;
    return TRUE;
}

LeukoTorchFile *leuko_torch_legacy_open(const char *path, GError **error)
{
    g_autoptr(GBytes) all = leuko_map_bytes(path, error);
    if (!all)
        return NULL;
    Reader r = {.all = all, .path = path};
    r.bytes = g_bytes_get_data(all, &r.n_bytes);
    g_autoptr(LeukoTorchFile) f = leuko_torch_file_new(path, r.n_bytes);
    if (r.n_bytes == 0 || !expect_int(&r, MAGIC_LOW, error) || !expect_int(&r, PROTOCOL, error) ||
        !skip_system(&r, error)) {
        if (r.n_bytes == 0)
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: an empty file", path);
        return NULL;
    }
    f->pickle = next_pickle(&r, error);
    if (!f->pickle || !read_storages(&r, f, error))
        return NULL;
    return g_steal_pointer(&f);
}
