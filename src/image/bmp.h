/* image/bmp.h: BMP through gdk-pixbuf, which libvips brings along and which reads BMP where libvips
 * does not. Only for bytes that leuko_image_sniff() calls "bmp". */
#pragma once
#include "leuko/image.h"

/* Errors as leuko_image_decode(). Safe from many threads. */
LeukoImage *image_bmp_decode(gconstpointer bytes, gsize n_bytes, const char *name, GError **error);
