/* data/tfrecord.h: TensorFlow's record files.
 *
 * A file is a sequence of records; each is
 *   1. u64 length of the data, little endian
 *   2. u32 masked CRC-32C of the 8 length bytes
 *   3. the data
 *   4. u32 masked CRC-32C of the data
 * Source: tensorflow/core/lib/io/record_writer.h.
 *
 * Errors name the file, the record's number (from 0) and its byte offset.
 */
#pragma once
#include "base/durable.h"
#include <glib.h>

#define LEUKO_TFRECORD_MAX_BYTES (1u << 30) /* of one record's data */

gboolean leuko_tfrecord_append(LeukoDurable *file, gconstpointer data, gsize n_bytes,
                               GError **error);
/* A whole record in memory, new. */
GBytes *leuko_tfrecord_frame(gconstpointer data, gsize n_bytes);

typedef struct LeukoTfrecord LeukoTfrecord;

/* The position of a record in its file. */
typedef struct {
    guint64 offset; /* of the record in bytes: of its length field */
    guint64 number;
    gsize n_bytes; /* of the data */
} LeukoTfrecordPosition;

/* Threads: leuko_tfrecord_next() one thread; leuko_tfrecord_read() many. */
LeukoTfrecord *leuko_tfrecord_open(const char *path, GError **error);
void leuko_tfrecord_close(LeukoTfrecord *reader); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTfrecord, leuko_tfrecord_close)

/* Which file it is, and its state: differs after a change of the file. No padding. */
typedef struct {
    guint64 device, inode, n_bytes;
    gint64 seconds, nanoseconds; /* of the last change */
} LeukoTfrecordStamp;
LeukoTfrecordStamp leuko_tfrecord_stamp(const LeukoTfrecord *reader);

/* The next record in order, both CRCs checked. FALSE without error at the end of the file.
 * *data is new; position may be NULL. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT. */
gboolean leuko_tfrecord_next(LeukoTfrecord *reader, GBytes **data, LeukoTfrecordPosition *position,
                             GError **error);
/* Read one record again and check both CRCs. Errors: as leuko_tfrecord_next(). */
GBytes *leuko_tfrecord_read(const LeukoTfrecord *reader, const LeukoTfrecordPosition *position,
                            GError **error);
