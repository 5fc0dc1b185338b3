#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/plural.h"
#include "config.h"
#include "formats/tf/table.h"
#include <string.h>
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif

enum { TRAILER_BYTES = 5, NONE = 0, SNAPPY = 1 };
enum { MAX_SNAPPY_RATIO = 32 }; /* 3 bytes of Snappy data become at most 64 bytes */

#ifdef HAVE_SNAPPY
static gboolean uncompress(const guint8 *p, gsize n, guint64 offset, const char *name,
                           LeukoTfBlock *block, GError **error)
{
    size_t length = 0;
    if (snappy_uncompressed_length((const char *)p, n, &length) != SNAPPY_OK ||
        length / MAX_SNAPPY_RATIO > n)
        return leuko_fail_format(
            name, error,
            "block at byte %" G_GUINT64_FORMAT ": %zu %s of Snappy data %s to hold %zu %s", offset,
            n, LEUKO_PLURAL(n, "byte"), leuko_plural(n, "claims", "claim"), length,
            LEUKO_PLURAL(length, "byte"));
    block->owned = g_try_malloc(length + 1);
    if (!block->owned) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for %zu bytes", name,
                    length);
        return FALSE;
    }
    block->data = block->owned;
    block->n_bytes = length;
    if (snappy_uncompress((const char *)p, n, (char *)block->owned, &length) == SNAPPY_OK &&
        length == block->n_bytes)
        return TRUE;
    g_clear_pointer(&block->owned, g_free);
    return leuko_fail_format(name, error,
                             "block at byte %" G_GUINT64_FORMAT ": damaged Snappy data", offset);
}

/* The compressed bytes, or NULL if they are not smaller by an eighth. g_free. */
static guint8 *compress(gconstpointer contents, gsize n, gsize *n_out)
{
    size_t length = snappy_max_compressed_length(n);
    g_autofree guint8 *out = g_malloc(length);
    if (snappy_compress(contents, n, (char *)out, &length) != SNAPPY_OK || length >= n - n / 8)
        return NULL;
    *n_out = length;
    return g_steal_pointer(&out);
}
#else
static gboolean uncompress(const guint8 *p, gsize n, guint64 offset, const char *name,
                           LeukoTfBlock *block, GError **error)
{
    (void)p;
    (void)n;
    (void)offset;
    (void)block;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: compressed with Snappy, which this build of Leuko does not read", name);
    return FALSE;
}

static guint8 *compress(gconstpointer contents, gsize n, gsize *n_out)
{
    (void)contents;
    (void)n;
    (void)n_out;
    return NULL;
}
#endif

gboolean leuko_tf_block_open(const guint8 *bytes, gsize n_bytes, guint64 offset, guint64 size,
                             const char *name, LeukoTfBlock *block, GError **error)
{
    *block = (LeukoTfBlock){0};
    if (offset > n_bytes || size > n_bytes - offset || n_bytes - offset - size < TRAILER_BYTES)
        return leuko_fail_format(name, error,
                                 "a block of %" G_GUINT64_FORMAT " %s at byte %" G_GUINT64_FORMAT
                                 " lies outside the file",
                                 size, LEUKO_PLURAL(size, "byte"), offset);
    const guint8 *p = bytes + offset;
    if (leuko_u32_at(p, size + 1) != leuko_crc32c_mask(leuko_crc32c(p, size + 1)))
        return leuko_fail_format(name, error, "block at byte %" G_GUINT64_FORMAT ": wrong checksum",
                                 offset);
    if (p[size] == SNAPPY)
        return uncompress(p, size, offset, name, block, error);
    if (p[size] != NONE)
        return leuko_fail_format(name, error,
                                 "block at byte %" G_GUINT64_FORMAT
                                 ": unknown compression %u (0 = none, 1 = Snappy)",
                                 offset, p[size]);
    block->data = p;
    block->n_bytes = size;
    return TRUE;
}

gsize leuko_tf_block_append(GByteArray *file, gconstpointer contents, gsize n_bytes,
                            gboolean snappy)
{
    gsize n = n_bytes;
    g_autofree guint8 *compressed = snappy ? compress(contents, n_bytes, &n) : NULL;
    guint8 type = compressed ? SNAPPY : NONE;
    guint begin = file->len;
    g_byte_array_append(file, compressed ? compressed : contents, (guint)n);
    g_byte_array_append(file, &type, 1);
    guint32 crc = GUINT32_TO_LE(leuko_crc32c_mask(leuko_crc32c(file->data + begin, n + 1)));
    g_byte_array_append(file, (const guint8 *)&crc, sizeof crc);
    return n;
}
