#include "data/tfrecord.h"
#include "base/crc32c.h"
#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 12, TAIL_BYTES = 4 };

struct LeukoTfrecord {
    gchar *path;
    int fd;
    guint64 file_bytes, offset, number;
    LeukoTfrecordStamp stamp;
};

/* The bytes before and after the data. */
static void frame(gconstpointer data, gsize n_bytes, guint8 head[HEAD_BYTES],
                  guint8 tail[TAIL_BYTES])
{
    guint64 length = GUINT64_TO_LE(n_bytes);
    guint32 length_crc = GUINT32_TO_LE(leuko_crc32c_mask(leuko_crc32c(&length, sizeof length)));
    guint32 data_crc = GUINT32_TO_LE(leuko_crc32c_mask(leuko_crc32c(data, n_bytes)));
    memcpy(head, &length, sizeof length);
    memcpy(head + sizeof length, &length_crc, sizeof length_crc);
    memcpy(tail, &data_crc, sizeof data_crc);
}

gboolean leuko_tfrecord_append(LeukoDurable *file, gconstpointer data, gsize n_bytes,
                               GError **error)
{
    guint8 head[HEAD_BYTES], tail[TAIL_BYTES];
    frame(data, n_bytes, head, tail);
    return leuko_durable_write(file, head, sizeof head, error) &&
           leuko_durable_write(file, data, n_bytes, error) &&
           leuko_durable_write(file, tail, sizeof tail, error);
}

GBytes *leuko_tfrecord_frame(gconstpointer data, gsize n_bytes)
{
    guint8 *record = g_malloc(HEAD_BYTES + n_bytes + TAIL_BYTES);
    frame(data, n_bytes, record, record + HEAD_BYTES + n_bytes);
    if (n_bytes > 0)
        memcpy(record + HEAD_BYTES, data, n_bytes);
    return g_bytes_new_take(record, HEAD_BYTES + n_bytes + TAIL_BYTES);
}

static gboolean fail_io(const char *path, GError **error)
{
    int e = errno;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, g_strerror(e));
    return FALSE;
}

LeukoTfrecord *leuko_tfrecord_open(const char *path, GError **error)
{
    g_autoptr(LeukoTfrecord) reader = g_new0(LeukoTfrecord, 1);
    reader->path = g_strdup(path);
    reader->fd = leuko_open_regular(path, &reader->file_bytes, error);
    if (reader->fd < 0)
        return NULL;
    struct stat st;
    if (fstat(reader->fd, &st) != 0) {
        fail_io(path, error);
        return NULL;
    }
    reader->stamp = (LeukoTfrecordStamp){st.st_dev, st.st_ino, (guint64)st.st_size,
                                         st.st_mtim.tv_sec, st.st_mtim.tv_nsec};
    return g_steal_pointer(&reader);
}

void leuko_tfrecord_close(LeukoTfrecord *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    g_free(reader->path);
    g_free(reader);
}

LeukoTfrecordStamp leuko_tfrecord_stamp(const LeukoTfrecord *reader) { return reader->stamp; }

static gboolean broken(const LeukoTfrecord *r, const LeukoTfrecordPosition *position,
                       const char *what, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: record %" G_GUINT64_FORMAT " at byte %" G_GUINT64_FORMAT ": %s", r->path,
                position->number, position->offset, what);
    return FALSE;
}

static gboolean read_exactly(const LeukoTfrecord *r, guint64 offset, guint8 *to, gsize n,
                             GError **error)
{
    gssize got = leuko_pread_all(r->fd, to, n, offset);
    if (got < 0)
        return fail_io(r->path, error);
    if ((gsize)got == n)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                "%s: ends at byte %" G_GUINT64_FORMAT " inside a record", r->path,
                offset + (guint64)got);
    return FALSE;
}

static guint32 crc_at(const guint8 *p)
{
    guint32 v;
    memcpy(&v, p, sizeof v);
    return GUINT32_FROM_LE(v);
}

/* The length at position->offset, checked against its CRC and the file's size. */
static gboolean read_head(const LeukoTfrecord *r, LeukoTfrecordPosition *position, GError **error)
{
    guint8 head[HEAD_BYTES];
    if (r->file_bytes - position->offset < HEAD_BYTES + TAIL_BYTES)
        return broken(r, position, "the file ends inside this record", error);
    if (!read_exactly(r, position->offset, head, HEAD_BYTES, error))
        return FALSE;
    if (crc_at(head + 8) != leuko_crc32c_mask(leuko_crc32c(head, 8)))
        return broken(r, position, "wrong checksum of the length (not a TFRecord file, or damaged)",
                      error);
    guint64 length;
    memcpy(&length, head, sizeof length);
    length = GUINT64_FROM_LE(length);
    if (length > LEUKO_TFRECORD_MAX_BYTES)
        return broken(r, position, "longer than 1 GiB", error);
    if (length > r->file_bytes - position->offset - HEAD_BYTES - TAIL_BYTES)
        return broken(r, position, "the file ends inside this record", error);
    position->n_bytes = (gsize)length;
    return TRUE;
}

GBytes *leuko_tfrecord_read(const LeukoTfrecord *reader, const LeukoTfrecordPosition *position,
                            GError **error)
{
    LeukoTfrecordPosition now = *position;
    if (!read_head(reader, &now, error))
        return NULL;
    g_autofree guint8 *data = g_try_malloc(now.n_bytes + TAIL_BYTES);
    if (!data) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for %zu bytes",
                    reader->path, now.n_bytes);
        return NULL;
    }
    if (!read_exactly(reader, now.offset + HEAD_BYTES, data, now.n_bytes + TAIL_BYTES, error))
        return NULL;
    if (crc_at(data + now.n_bytes) != leuko_crc32c_mask(leuko_crc32c(data, now.n_bytes))) {
        broken(reader, &now, "wrong checksum of the data (damaged)", error);
        return NULL;
    }
    return g_bytes_new_take(g_steal_pointer(&data), now.n_bytes);
}

gboolean leuko_tfrecord_next(LeukoTfrecord *reader, GBytes **data, LeukoTfrecordPosition *position,
                             GError **error)
{
    if (reader->offset == reader->file_bytes)
        return FALSE;
    LeukoTfrecordPosition here = {.offset = reader->offset, .number = reader->number};
    if (!read_head(reader, &here, error) || !(*data = leuko_tfrecord_read(reader, &here, error)))
        return FALSE;
    reader->offset += HEAD_BYTES + here.n_bytes + TAIL_BYTES;
    reader->number++;
    if (position)
        *position = here;
    return TRUE;
}
