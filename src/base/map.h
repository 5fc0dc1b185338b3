/* base/map.h: a regular file mapped into memory, read-only. */
#pragma once
#include <glib.h>

/* Map a regular file; a pipe is refused, because opening it would block. The contents of an empty
 * file are NULL. Errors: LEUKO_ERROR_IO. */
GMappedFile *leuko_map(const char *path, GError **error);
/* The same as bytes that own the mapping; their data pointer is never NULL. */
GBytes *leuko_map_bytes(const char *path, GError **error);
