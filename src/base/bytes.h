/* base/bytes.h: little-endian numbers at any address. The caller has checked the bounds. */
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
