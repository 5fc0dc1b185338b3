/* base/map.h: a regular file mapped into memory, read-only. */
#pragma once
#include <glib.h>

/* Only regular files: opening a pipe would wait for ever. An empty file has NULL contents.
 * Errors: LEUKO_ERROR_IO. */
GMappedFile *leuko_map(const char *path, GError **error);
/* The same as bytes that keep the mapping alive; never without data, empty or not. */
GBytes *leuko_map_bytes(const char *path, GError **error);
