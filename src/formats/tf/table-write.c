#include "formats/tf/table.h"
#include <string.h>

enum { BLOCK_BYTES = 4096, RESTART_INTERVAL = 16, HANDLES_BYTES = 40 };
static const guint64 MAGIC = G_GUINT64_CONSTANT(0xdb4775248b80fb57);

/* A block being filled. */
typedef struct {
    GByteArray *contents, *last_key;
    GArray *restarts; /* of guint32 */
    guint n_since_restart;
} Block;

struct LeukoTfTableWriter {
    gboolean snappy;
    GByteArray *file;
    Block data, index;
};

void leuko_tf_put_varint(GByteArray *to, guint64 value)
{
    for (; value > 127; value >>= 7) {
        guint8 byte = (guint8)(value & 127) | 128;
        g_byte_array_append(to, &byte, 1);
    }
    guint8 last = (guint8)value;
    g_byte_array_append(to, &last, 1);
}

static void block_begin(Block *b)
{
    const guint32 zero = 0;
    g_byte_array_set_size(b->contents, 0);
    g_byte_array_set_size(b->last_key, 0);
    g_array_set_size(b->restarts, 0);
    g_array_append_val(b->restarts, zero);
    b->n_since_restart = 0;
}

static void block_init(Block *b)
{
    b->contents = g_byte_array_new();
    b->last_key = g_byte_array_new();
    b->restarts = g_array_new(FALSE, FALSE, sizeof(guint32));
    block_begin(b);
}

static void block_clear(Block *b)
{
    g_byte_array_unref(b->contents);
    g_byte_array_unref(b->last_key);
    g_array_unref(b->restarts);
}

static void block_add(Block *b, const guint8 *key, gsize n_key, gconstpointer value, gsize n_value)
{
    gsize shared = 0;
    if (b->n_since_restart == RESTART_INTERVAL) {
        guint32 at = GUINT32_TO_LE(b->contents->len);
        g_array_append_val(b->restarts, at);
        b->n_since_restart = 0;
    } else {
        while (shared < n_key && shared < b->last_key->len &&
               key[shared] == b->last_key->data[shared])
            shared++;
    }
    leuko_tf_put_varint(b->contents, shared);
    leuko_tf_put_varint(b->contents, n_key - shared);
    leuko_tf_put_varint(b->contents, n_value);
    g_byte_array_append(b->contents, key + shared, (guint)(n_key - shared));
    g_byte_array_append(b->contents, value, (guint)n_value);
    g_byte_array_set_size(b->last_key, (guint)shared);
    g_byte_array_append(b->last_key, key + shared, (guint)(n_key - shared));
    b->n_since_restart++;
}

/* Append the block to the file and begin a new one; returns the size for its handle. */
static gsize block_end(Block *b, LeukoTfTableWriter *w)
{
    guint32 n = GUINT32_TO_LE(b->restarts->len);
    g_byte_array_append(b->contents, (const guint8 *)b->restarts->data, b->restarts->len * 4);
    g_byte_array_append(b->contents, (const guint8 *)&n, sizeof n);
    gsize size = leuko_tf_block_append(w->file, b->contents->data, b->contents->len, w->snappy);
    block_begin(b);
    return size;
}

static void end_data(LeukoTfTableWriter *w)
{
    g_autoptr(GByteArray) handle = g_byte_array_new(), key = g_byte_array_new();
    if (w->data.contents->len == 0)
        return;
    g_byte_array_append(key, w->data.last_key->data, w->data.last_key->len);
    leuko_tf_put_varint(handle, w->file->len);
    leuko_tf_put_varint(handle, block_end(&w->data, w));
    block_add(&w->index, key->data, key->len, handle->data, handle->len);
}

LeukoTfTableWriter *leuko_tf_table_writer_new(gboolean snappy)
{
    LeukoTfTableWriter *w = g_new0(LeukoTfTableWriter, 1);
    w->snappy = snappy;
    w->file = g_byte_array_new();
    block_init(&w->data);
    block_init(&w->index);
    return w;
}

void leuko_tf_table_writer_add(LeukoTfTableWriter *w, gconstpointer key, gsize n_key,
                               gconstpointer value, gsize n_value)
{
    block_add(&w->data, key, n_key, value, n_value);
    if (w->data.contents->len >= BLOCK_BYTES)
        end_data(w);
}

void leuko_tf_table_append_footer(GByteArray *file, guint64 meta_offset, guint64 meta_size,
                                  guint64 index_offset, guint64 index_size)
{
    static const guint8 zeros[HANDLES_BYTES];
    guint begin = file->len;
    guint64 magic = GUINT64_TO_LE(MAGIC);
    leuko_tf_put_varint(file, meta_offset);
    leuko_tf_put_varint(file, meta_size);
    leuko_tf_put_varint(file, index_offset);
    leuko_tf_put_varint(file, index_size);
    g_byte_array_append(file, zeros, HANDLES_BYTES - (file->len - begin));
    g_byte_array_append(file, (const guint8 *)&magic, sizeof magic);
}

GBytes *leuko_tf_table_writer_end(LeukoTfTableWriter *w)
{
    end_data(w);
    Block empty;
    block_init(&empty);
    guint64 meta_offset = w->file->len, meta_size = block_end(&empty, w);
    block_clear(&empty);
    guint64 index_offset = w->file->len, index_size = block_end(&w->index, w);
    leuko_tf_table_append_footer(w->file, meta_offset, meta_size, index_offset, index_size);
    return g_byte_array_free_to_bytes(g_steal_pointer(&w->file));
}

void leuko_tf_table_writer_free(LeukoTfTableWriter *w)
{
    if (!w)
        return;
    if (w->file)
        g_byte_array_unref(w->file);
    block_clear(&w->data);
    block_clear(&w->index);
    g_free(w);
}
