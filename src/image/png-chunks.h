/* image/png-chunks.h: what a PNG tells beside its pixels. */
#pragma once
#include "image/decoder.h"

/* Note a color profile (iCCP, or by its numbers: cICP), and the frames of an animation (acTL), of
 * which only the still image is read. file: a PNG that libpng has read. */
void image_png_note_chunks(ImageFile *file);
