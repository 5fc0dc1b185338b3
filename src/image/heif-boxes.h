/* image/heif-boxes.h: what the boxes of a HEIC or AVIF file say that libheif does not tell: the
 * frames of a sequence (before version 1.20), and the parameters of HEVC (ISO/IEC 14496-12,
 * 14496-15 and 23008-12). */
#pragma once
#include <glib.h>

/* The number of frames of the track with the most; 0 without a track. Reads what is there of a
 * broken file. */
guint64 image_heif_n_frames(const guint8 *bytes, gsize n_bytes);

/* What is wrong with the sequence parameter sets of the images (image/hevc-sps.h), g_free; NULL:
 * nothing. */
gchar *image_heif_parameter_fault(const guint8 *bytes, gsize n_bytes);
