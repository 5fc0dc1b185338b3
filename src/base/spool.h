/* base/spool.h: text that is collected piece by piece and written later, of any length.
 *
 * The first mebibyte is in memory, the rest in an unnamed file in the folder of temporary files.
 * Threads: one spool, one thread at a time.
 */
#pragma once
#include <glib.h>

typedef struct LeukoSpool LeukoSpool;

LeukoSpool *leuko_spool_new(void);
void leuko_spool_free(LeukoSpool *spool); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoSpool, leuko_spool_free)

/* A failure is told by leuko_spool_read(). */
void leuko_spool_append(LeukoSpool *spool, const char *text, gsize n_bytes);

typedef gboolean (*LeukoSpoolFunc)(const char *text, gsize n_bytes, gpointer user_data,
                                   GError **error);

/* Give all text to `take`, in order. Errors: LEUKO_ERROR_IO (the file could not be written or
 * read); those of `take`. */
gboolean leuko_spool_read(LeukoSpool *spool, LeukoSpoolFunc take, gpointer user_data,
                          GError **error);
