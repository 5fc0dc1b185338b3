/* image/orientation.h: the EXIF orientation of an image.
 * Source: EXIF 2.32, 4.6.4 A (tag 0x0112): 1 as stored, 2 mirrored, 3 turned by 180 degrees, 4
 * mirrored and turned by 180, 5 transposed, 6 to be turned by 90 degrees clockwise, 7 transposed at
 * the other diagonal, 8 to be turned by 90 degrees counterclockwise. */
#pragma once
#include "leuko/image.h"

/* The orientation in a block of EXIF data (with or without "Exif\0\0" in front), 1 to 8; 0 where
 * the block is broken or does not say. Any bytes are allowed. */
guint image_exif_orientation(const guint8 *bytes, gsize n_bytes);

/* A new image, turned as `orientation` (2 to 8) asks. Errors: LEUKO_ERROR_MEMORY. */
LeukoImage *image_turn(const LeukoImage *image, guint orientation, GError **error);
