/* data/image-walk.h: the images below a folder, and whether an output folder lies in it. */
#pragma once
#include <glib.h>

/* Paths below `dir`, '/' between folders, of files that are named like images, sorted bytewise.
 * Hidden names and links to folders are passed over. Errors: LEUKO_ERROR_IO (a folder that cannot be
 * read), LEUKO_ERROR_DATA (no image). */
GPtrArray *leuko_image_walk(const char *dir, GError **error);

/* FALSE with LEUKO_ERROR_ARGUMENT if out_dir, which need not exist, is in_dir or lies in it. */
gboolean leuko_image_walk_is_outside(const char *in_dir, const char *out_dir, GError **error);
