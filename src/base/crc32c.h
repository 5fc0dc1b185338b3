/* base/crc32c.h: CRC-32C (Castagnoli) and TensorFlow's mask of it.
 * Source: RFC 3720 appendix B.4; mask: tensorflow/core/lib/hash/crc32c.h. */
#pragma once
#include <glib.h>

/* CRC-32C of n_bytes. crc32c("123456789") = 0xe3069283. */
guint32 leuko_crc32c(gconstpointer data, gsize n_bytes);
/* Continue a CRC: crc32c_extend(crc32c(a), b) = crc32c(a then b). */
guint32 leuko_crc32c_extend(guint32 crc, gconstpointer data, gsize n_bytes);
guint32 leuko_crc32c_mask(guint32 crc);
