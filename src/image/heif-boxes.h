/* image/heif-boxes.h: the frames of a HEIC or AVIF sequence, of which libheif before version 1.20
 * tells nothing (ISO/IEC 14496-12). */
#pragma once
#include <glib.h>

/* The number of frames of the track with the most; 0 without a track. Reads what is there of a
 * broken file. */
guint64 image_heif_n_frames(const guint8 *bytes, gsize n_bytes);
