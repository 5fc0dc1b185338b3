/* base/journal.h: files that grow record by record while other processes read them (logs, events).
 *
 * Each record is written at once, so that a killed process leaves only whole records. A record that
 * does not fit on the disk is removed again.
 *
 * The file must be a regular file; a link is refused.
 *
 * Errors everywhere: LEUKO_ERROR_IO with the path and the system's reason.
 * Threads: one object, one thread at a time.
 */
#pragma once
#include <glib.h>

typedef struct LeukoJournal LeukoJournal;

typedef enum {
    LEUKO_JOURNAL_CONTINUE, /* append to the file; create it if it does not exist */
    LEUKO_JOURNAL_NEW,      /* the file must not exist yet */
} LeukoJournalMode;

LeukoJournal *leuko_journal_open(const char *path, LeukoJournalMode mode, GError **error);
gboolean leuko_journal_append(LeukoJournal *journal, gconstpointer record, gsize n_bytes,
                              GError **error);
/* Wait until no other process holds the file's lock, and hold it until leuko_journal_free(): what
 * is read before a record is appended stays true. Records need no lock to stay whole. */
gboolean leuko_journal_lock(LeukoJournal *journal, GError **error);
/* Flush to disk (fsync). */
gboolean leuko_journal_sync(LeukoJournal *journal, GError **error);
void leuko_journal_free(LeukoJournal *journal); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoJournal, leuko_journal_free)
