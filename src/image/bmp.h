/* image/bmp.h: decode BMP with gdk-pixbuf, a dependency of libvips, because libvips itself does not
 * read BMP. Only for bytes that leuko_image_sniff() calls "bmp". */
#pragma once
#include "leuko/image.h"

/* Errors as leuko_image_decode(). Safe from many threads. */
LeukoImage *image_bmp_decode(gconstpointer bytes, gsize n_bytes, const char *name, GError **error);
