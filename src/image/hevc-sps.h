/* image/hevc-sps.h: what is wrong with a sequence parameter set of HEVC (ITU-T H.265, 7.3.2.2).
 *
 * libde265 prints a line of its own to standard error for a set whose sizes break the standard,
 * with no way to turn that off. Such a set is found here before libde265 reads it.
 */
#pragma once
#include <glib.h>

/* What breaks the standard: the alignment and the sizes of coding blocks and transform blocks, the
 * bit depths; a reason in words, g_free. NULL: nothing, or the set cannot be read so far.
 * nal  (n_bytes) a NAL unit with its header of two bytes */
gchar *image_hevc_sps_fault(const guint8 *nal, gsize n_bytes);
