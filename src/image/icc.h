/* image/icc.h: color profiles. They are never applied (docs/decisions/0015-color-profiles.md). */
#pragma once
#include "image/decoder.h"

/* Note that a profile is not applied, unless it is sRGB or gray. profile: an ICC profile, or its
 * first part with the description. */
void image_icc_note(ImageFile *file, const guint8 *profile, gsize n_bytes);
