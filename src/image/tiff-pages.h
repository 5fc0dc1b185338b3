/* image/tiff-pages.h: which page of a TIFF is the image.
 *
 *   1. A raw file of a camera (DNG, CR2, NEF, ARW and others) is refused: its pages are previews. A
 *      whole slide is refused too (image/tiff-slide.h).
 *   2. Pages that the file calls reduced (a thumbnail) or a mask are left out.
 *   3. The largest page is the image, the first one of several. The note tells of the others.
 *   4. Several gray pages of that size are refused: they may be the colors of one image.
 */
#pragma once
#include "image/decoder.h"
#include <tiffio.h>

/* FALSE with an error if the first bytes are those of a raw file. */
gboolean image_tiff_check_header(const ImageFile *file, GError **error);

/* Make the page the current one of `tiff`, which is freshly opened. FALSE with an error. */
gboolean image_tiff_choose_page(TIFF *tiff, ImageFile *file, GError **error);
