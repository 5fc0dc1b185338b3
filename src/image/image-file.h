/* image/image-file.h: the bytes of an image file. */
#pragma once
#include <glib.h>

/* Read a whole regular file, as leuko_read_file() (base/io-error.h) does. Of a file above 1 MiB the
 * beginning is read first, and the file is refused if no decoder knows it: a file of zeros, which
 * takes no room on a disk, would fill the memory. Errors: as leuko_read_file(), and
 * LEUKO_ERROR_FORMAT (not an image). */
gboolean leuko_image_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error);
