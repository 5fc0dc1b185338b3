/* base/bytes.h: numbers at any address. The caller has checked the bounds. Little-endian, except
 * leuko_uint_at(). */
#pragma once
#include <glib.h>
#include <string.h>

static inline guint16 leuko_u16_at(gconstpointer bytes, gsize offset)
{
    guint16 v;
    memcpy(&v, (const guint8 *)bytes + offset, sizeof v);
    return GUINT16_FROM_LE(v);
}

static inline guint32 leuko_u32_at(gconstpointer bytes, gsize offset)
{
    guint32 v;
    memcpy(&v, (const guint8 *)bytes + offset, sizeof v);
    return GUINT32_FROM_LE(v);
}

static inline guint64 leuko_u64_at(gconstpointer bytes, gsize offset)
{
    guint64 v;
    memcpy(&v, (const guint8 *)bytes + offset, sizeof v);
    return GUINT64_FROM_LE(v);
}

/* An unsigned number of 1 to 4 bytes. */
static inline guint32 leuko_uint_at(const guint8 *bytes, guint n_bytes, gboolean is_big_endian)
{
    guint32 value = 0;
    for (guint i = 0; i < n_bytes; i++)
        value |= (guint32)bytes[i] << 8 * (is_big_endian ? n_bytes - 1 - i : i);
    return value;
}
