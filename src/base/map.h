/* base/map.h: the bytes of a whole regular file, read-only. */
#pragma once
#include <glib.h>

/* The bytes of a regular file; a pipe is refused, because opening it would block. Their data
 * pointer is never NULL.
 *
 * A file of up to LEUKO_MAP_ABOVE_BYTES is read: what another program does to it afterwards has no
 * effect, and a file that becomes shorter meanwhile is an error. A mapped file would give SIGBUS at
 * the missing bytes, also long after its checksums were verified. A larger file is mapped.
 * Errors: LEUKO_ERROR_IO, LEUKO_ERROR_MEMORY. */
#define LEUKO_MAP_ABOVE_BYTES ((guint64)256 << 20)
GBytes *leuko_map_bytes(const char *path, GError **error);

/* A handler of SIGBUS can ask whose bytes are at an address: the path of the last file mapped
 * there, or NULL. Safe in a signal handler. */
const char *leuko_map_path_at(gconstpointer address);
