/* base/map.h: a regular file mapped into memory, read-only. */
#pragma once
#include <glib.h>

/* Map a regular file; a pipe is refused, because opening it would block. The contents of an empty
 * file are NULL. Errors: LEUKO_ERROR_IO. */
GMappedFile *leuko_map(const char *path, GError **error);
/* The same as bytes that own the mapping; their data pointer is never NULL. */
GBytes *leuko_map_bytes(const char *path, GError **error);

/* A mapped file that another program makes shorter gives SIGBUS at the missing bytes. A handler of
 * this signal can ask whose bytes are at an address: the path of the last file mapped there, or
 * NULL. leuko_map() notes its files; leuko_map_note() notes others. Safe in a signal handler. */
const char *leuko_map_path_at(gconstpointer address);
void leuko_map_note(gconstpointer begin, gsize n_bytes, const char *path);
