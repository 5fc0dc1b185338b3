/* formats/tf/table.h: TensorFlow's sorted table: a V1 checkpoint, or the index of a V2 checkpoint.
 *
 *   1. data blocks
 *   2. the metaindex block, which is empty
 *   3. the index block: an entry for each data block. Its key is not less than the last key of the
 *      data block; its value is the block's handle: varints offset, size
 *   4. 48 bytes: the handles of the metaindex and of the index, padding to 40 bytes, and the magic
 *      number 0xdb4775248b80fb57
 * A block:
 *   1. contents; the size in the handle is the size of the contents alone
 *   2. u8 compression: 0 none, 1 Snappy
 *   3. u32 masked CRC-32C of both
 * Contents of a block: entries, then the u32 offsets of the restarts, then their number (u32).
 * An entry:
 *   1. varints: shared, unshared, size of the value
 *   2. the last `unshared` bytes of the key; its first `shared` bytes are those of the previous key
 *   3. the value
 * Source: tensorflow/core/lib/io/{format,block,table_builder}.cc; google/snappy
 * format_description.txt.
 */
#pragma once
#include <glib.h>

/* Called for each entry; key and value are borrowed. FALSE stops reading, with or without an
 * error. */
typedef gboolean (*LeukoTfVisit)(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                                 gpointer user, GError **error);

/* Visit all entries in the order of their keys, which must strictly increase. Every checksum is
 * verified; no block is read twice. `name` is the file's name in messages. Returns FALSE on an
 * error, or if `visit` returned FALSE.
 * Errors: LEUKO_ERROR_FORMAT (with the position), LEUKO_ERROR_UNSUPPORTED (Snappy in a build
 * without it). */
gboolean leuko_tf_table_read(gconstpointer bytes, gsize n_bytes, const char *name,
                             LeukoTfVisit visit, gpointer user, GError **error);

typedef struct LeukoTfTableWriter LeukoTfTableWriter;

/* snappy: compress each block that becomes smaller by an eighth, as TensorFlow does. */
LeukoTfTableWriter *leuko_tf_table_writer_new(gboolean snappy);
void leuko_tf_table_writer_add(LeukoTfTableWriter *writer, gconstpointer key, gsize n_key,
                               gconstpointer value, gsize n_value); /* in ascending order of keys */
/* Returns the whole table, new. Afterwards the writer can only be freed. */
GBytes *leuko_tf_table_writer_end(LeukoTfTableWriter *writer);
void leuko_tf_table_writer_free(LeukoTfTableWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTfTableWriter, leuko_tf_table_writer_free)

/* --- blocks (tf/block.c, the only user of Snappy) ------------------------------------------- */

typedef struct {
    const guint8 *data; /* the contents */
    gsize n_bytes;
    guint8 *owned; /* g_free; NULL if the contents are in the file's memory */
} LeukoTfBlock;

/* Open the block of a handle; `bytes` are the table without its last 48 bytes. */
gboolean leuko_tf_block_open(const guint8 *bytes, gsize n_bytes, guint64 offset, guint64 size,
                             const char *name, LeukoTfBlock *block, GError **error);
/* Append the block with its type and checksum; returns the handle's size. */
gsize leuko_tf_block_append(GByteArray *file, gconstpointer contents, gsize n_bytes,
                            gboolean snappy);
/* Append the last 48 bytes of the table. */
void leuko_tf_table_append_footer(GByteArray *file, guint64 meta_offset, guint64 meta_size,
                                  guint64 index_offset, guint64 index_size);
void leuko_tf_put_varint(GByteArray *to, guint64 value);
