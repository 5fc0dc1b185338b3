/* image/icc.h: color profiles. They are never applied (docs/decisions/0015-color-profiles.md). */
#pragma once
#include "image/decoder.h"

/* Note that a profile is not applied, unless it is sRGB or gray. profile: an ICC profile, or its
 * first part with the description. */
void image_icc_note(ImageFile *file, const guint8 *profile, gsize n_bytes);

/* The same for a profile that is compressed as PNG compresses it (zlib). At most the first 64 KiB
 * of the profile are unpacked: a small file can hold gigabytes. */
void image_icc_note_zlib(ImageFile *file, const guint8 *compressed, gsize n_bytes);

/* The same for a color space by its numbers (ITU-T H.273), which HEIC, AVIF and PNG use. 1: that of
 * sRGB; 2: not stated. */
void image_icc_note_numbers(ImageFile *file, guint primaries, guint transfer);
