/* formats/tf/table.h: TensorFlow's sorted table: a V1 checkpoint, or the index of a V2 checkpoint.
 *
 *   1. data blocks, one after the other
 *   2. the metaindex block (empty), the index block: per data block a key not before its last one,
 *      and its handle: varints offset, size
 *   3. 48 bytes: handles of the metaindex and of the index, padding to 40, magic 0xdb4775248b80fb57
 * A block is its contents, a byte that says their compression (0 none, 1 Snappy) and a masked
 * CRC-32C of both; the handle's size is that of the contents alone. Contents: entries, then u32
 * restart offsets, then u32 their number. An entry: varints shared, unshared, value bytes; the
 * key's last `unshared` bytes (the first `shared` are the key before's); the value.
 * Source: tensorflow/core/lib/io/{format,block,table_builder}.cc; google/snappy
 * format_description.txt.
 */
#pragma once
#include <glib.h>

/* Called for one entry; key and value are borrowed. FALSE ends the reading, with or without an
 * error. */
typedef gboolean (*LeukoTfVisit)(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                                 gpointer user, GError **error);

/* Visit all entries in the order of their keys, which must strictly increase. Every checksum is
 * verified; no block is read twice. `name` is the file's in the messages. FALSE: an error, or
 * visit returned FALSE.
 * Errors: LEUKO_ERROR_FORMAT (with the position), LEUKO_ERROR_UNSUPPORTED (Snappy in a build
 * without it). */
gboolean leuko_tf_table_read(gconstpointer bytes, gsize n_bytes, const char *name,
                             LeukoTfVisit visit, gpointer user, GError **error);

typedef struct LeukoTfTableWriter LeukoTfTableWriter;

/* snappy: compress blocks where that makes them smaller by an eighth, as TensorFlow does. */
LeukoTfTableWriter *leuko_tf_table_writer_new(gboolean snappy);
void leuko_tf_table_writer_add(LeukoTfTableWriter *writer, gconstpointer key, gsize n_key,
                               gconstpointer value, gsize n_value); /* after all keys before */
GBytes *leuko_tf_table_writer_end(
    LeukoTfTableWriter *writer); /* the whole table, new; the writer is spent */
void leuko_tf_table_writer_free(LeukoTfTableWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTfTableWriter, leuko_tf_table_writer_free)

/* --- blocks (tf/block.c, the only user of Snappy) ------------------------------------------- */

typedef struct {
    const guint8 *data; /* the contents */
    gsize n_bytes;
    guint8 *owned; /* g_free; NULL where they lie in the file itself */
} LeukoTfBlock;

/* Open the block of a handle; `bytes` are the table without its last 48 bytes. */
gboolean leuko_tf_block_open(const guint8 *bytes, gsize n_bytes, guint64 offset, guint64 size,
                             const char *name, LeukoTfBlock *block, GError **error);
/* Append the block with its type and checksum; returns the handle's size. */
gsize leuko_tf_block_append(GByteArray *file, gconstpointer contents, gsize n_bytes,
                            gboolean snappy);
/* Append handles, padding and magic: the table's end. */
void leuko_tf_table_append_footer(GByteArray *file, guint64 meta_offset, guint64 meta_size,
                                  guint64 index_offset, guint64 index_size);
void leuko_tf_put_varint(GByteArray *to, guint64 value);
