/* base/map.h: the bytes of a whole regular file, read-only. */
#pragma once
#include <glib.h>

/* The bytes of a regular file; a pipe is refused, because opening it would block. Their data
 * pointer is never NULL.
 *
 * What another program does to the file afterwards has no effect, and a file that becomes shorter
 * meanwhile is an error: a file of up to LEUKO_MAP_ABOVE_BYTES is read into memory, a larger one is
 * copied to an unnamed temporary file (base/temporary.h), which is mapped. The file itself, mapped,
 * would give SIGBUS at the missing bytes, also long after its checksums were verified.
 * Errors: LEUKO_ERROR_IO, also if the folder of temporary files has no room; LEUKO_ERROR_MEMORY;
 * LEUKO_ERROR_CANCELLED. */
#define LEUKO_MAP_ABOVE_BYTES ((guint64)256 << 20)
GBytes *leuko_map_bytes(const char *path, GError **error);

/* The first n_head bytes of a regular file, then zeros up to the file's size: the rest is not read.
 * For a large file whose header is enough. Errors: as above. */
GBytes *leuko_map_head(const char *path, gsize n_head, GError **error);

/* A disk that fails to read a temporary copy raises SIGBUS. Its handler can ask whose bytes are at
 * an address: the path of the last file mapped there, or NULL. Safe in a signal handler. */
const char *leuko_map_path_at(gconstpointer address);
