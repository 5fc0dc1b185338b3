#include "formats/tf/table.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/plural.h"
#include "leuko/error.h"
#include <string.h>

enum { FOOTER_BYTES = 48, MAGIC_AT = 40, MAX_KEY_BYTES = 65535 };
static const guint64 MAGIC = G_GUINT64_CONSTANT(0xdb4775248b80fb57);
static const guint64 MAX_KEY_RATIO = 64; /* bytes of all keys to bytes of the file */

typedef struct {
    const char *name;
    const guint8 *bytes;
    gsize n_bytes; /* before the footer */
    guint64 next_offset, n_key_bytes;
    GByteArray *key; /* of the previous entry */
    gboolean begun;
    LeukoTfVisit visit;
    gpointer user;
} Reader;

/* One to ten bytes, seven bits each, lowest first. */
static gboolean get_varint(const guint8 **p, const guint8 *end, guint64 *out)
{
    guint64 value = 0;
    for (guint shift = 0; shift < 64 && *p < end; shift += 7) {
        guint8 byte = *(*p)++;
        value |= (guint64)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return shift < 63 || byte < 2;
        }
    }
    return FALSE;
}

/* TRUE if the new tail sorts after the previous key from `shared` on. */
static gboolean increases(const GByteArray *key, gsize shared, const guint8 *tail, gsize n_tail)
{
    gsize n_old = key->len - shared, n = MIN(n_old, n_tail);
    int order = n > 0 ? memcmp(key->data + shared, tail, n) : 0;
    return order < 0 || (order == 0 && n_old < n_tail);
}

/* Read one entry at *p; its key becomes r->key. */
static gboolean next_entry(Reader *r, const guint8 **p, const guint8 *end, gboolean first_of_block,
                           const guint8 **value, gsize *n_value, GError **error)
{
    guint64 shared, unshared, length;
    if (!get_varint(p, end, &shared) || !get_varint(p, end, &unshared) ||
        !get_varint(p, end, &length) || unshared > (gsize)(end - *p) ||
        length > (gsize)(end - *p) - unshared)
        return leuko_fail_format(r->name, error, "an entry that is longer than its block");
    if (shared > r->key->len || (first_of_block && shared > 0))
        return leuko_fail_format(r->name, error,
                                 "an entry shares more bytes than the previous key has");
    if (shared + unshared > MAX_KEY_BYTES)
        return leuko_fail_format(r->name, error, "a key of %" G_GUINT64_FORMAT " %s",
                                 shared + unshared, LEUKO_PLURAL(shared + unshared, "byte"));
    if (r->begun && !increases(r->key, shared, *p, unshared))
        return leuko_fail_format(r->name, error, "its keys are not in order");
    r->begun = TRUE;
    if ((r->n_key_bytes += shared + unshared) > MAX_KEY_RATIO * (r->n_bytes + FOOTER_BYTES))
        return leuko_fail_format(r->name, error, "its keys are many times larger than the file");
    g_byte_array_set_size(r->key, (guint)shared);
    g_byte_array_append(r->key, *p, (guint)unshared);
    *value = *p + unshared;
    *n_value = length;
    *p = *value + length;
    return TRUE;
}

static gboolean each_entry(Reader *r, const LeukoTfBlock *block, LeukoTfVisit visit, gpointer user,
                           GError **error)
{
    guint32 n_restarts = 0;
    if (block->n_bytes >= sizeof n_restarts)
        n_restarts = leuko_u32_at(block->data, block->n_bytes - sizeof n_restarts);
    if (block->n_bytes < sizeof n_restarts || n_restarts > block->n_bytes / sizeof n_restarts - 1)
        return leuko_fail_format(r->name, error, "a %zu-byte block claims %u %s", block->n_bytes,
                                 n_restarts, LEUKO_PLURAL(n_restarts, "restart"));
    const guint8 *p = block->data, *end = p + block->n_bytes - (n_restarts + 1) * sizeof n_restarts;
    for (gboolean first = TRUE; p < end; first = FALSE) {
        const guint8 *value = NULL;
        gsize n_value = 0;
        if (!next_entry(r, &p, end, first, &value, &n_value, error) ||
            !visit(r->key->data, r->key->len, value, n_value, user, error))
            return FALSE;
    }
    return TRUE;
}

/* An entry of the index: read its data block, which must lie after the previous one. */
static gboolean visit_block(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                            gpointer user, GError **error)
{
    Reader *r = user;
    guint64 offset, size;
    const guint8 *end = value + n_value;
    (void)key;
    (void)n_key;
    if (!get_varint(&value, end, &offset) || !get_varint(&value, end, &size) ||
        offset < r->next_offset)
        return leuko_fail_format(r->name, error, "its index names an overlapping or invalid block");
    LeukoTfBlock block;
    if (!leuko_tf_block_open(r->bytes, r->n_bytes, offset, size, r->name, &block, error))
        return FALSE;
    r->next_offset = offset + size; /* both are inside the file */
    gboolean good = each_entry(r, &block, r->visit, r->user, error);
    g_free(block.owned);
    return good;
}

gboolean leuko_tf_table_read(gconstpointer bytes, gsize n_bytes, const char *name,
                             LeukoTfVisit visit, gpointer user, GError **error)
{
    guint64 magic = 0, meta_offset = 0, meta_size = 0, offset = 0, size = 0;
    const guint8 *footer =
        n_bytes < FOOTER_BYTES ? NULL : (const guint8 *)bytes + n_bytes - FOOTER_BYTES;
    if (footer)
        magic = leuko_u64_at(footer, MAGIC_AT);
    if (!footer || magic != MAGIC)
        return leuko_fail_format(name, error,
                                 "not a TensorFlow table, or truncated: its last bytes are wrong");
    const guint8 *end = footer + MAGIC_AT;
    if (!get_varint(&footer, end, &meta_offset) || !get_varint(&footer, end, &meta_size) ||
        !get_varint(&footer, end, &offset) || !get_varint(&footer, end, &size))
        return leuko_fail_format(name, error, "its last 48 bytes do not name an index");
    g_autoptr(GByteArray) key = g_byte_array_new(), index_key = g_byte_array_new();
    Reader data = {.name = name,
                   .bytes = bytes,
                   .n_bytes = n_bytes - FOOTER_BYTES,
                   .key = key,
                   .visit = visit,
                   .user = user};
    Reader index = data; /* its own keys */
    index.key = index_key;
    LeukoTfBlock block;
    if (!leuko_tf_block_open(bytes, data.n_bytes, meta_offset, meta_size, name, &block, error))
        return FALSE;
    g_free(block.owned); /* only its checksum matters */
    if (!leuko_tf_block_open(bytes, data.n_bytes, offset, size, name, &block, error))
        return FALSE;
    gboolean good = each_entry(&index, &block, visit_block, &data, error);
    g_free(block.owned);
    return good;
}
