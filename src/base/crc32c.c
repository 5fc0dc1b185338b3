#include "base/crc32c.h"
#include <isa-l/crc.h>

guint32 leuko_crc32c_extend(guint32 crc, gconstpointer data, gsize n_bytes)
{
    const guint8 *p = data;
    crc = ~crc; /* ISA-L leaves both inversions to the caller */
    while (n_bytes > 0) {
        int chunk = (int)MIN(n_bytes, (gsize)G_MAXINT); /* its length is an int */
        crc = crc32_iscsi((unsigned char *)p, chunk, crc);
        p += chunk;
        n_bytes -= (gsize)chunk;
    }
    return ~crc;
}

guint32 leuko_crc32c(gconstpointer data, gsize n_bytes)
{
    return leuko_crc32c_extend(0, data, n_bytes);
}

guint32 leuko_crc32c_mask(guint32 crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }
