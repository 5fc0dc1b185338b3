/* base/journal.h: files that grow record by record while others read them (logs, events).
 *
 * A record is handed to the system whole at once: a killed process leaves whole records, and a record
 * that does not fit on the disk is taken back.
 *
 * Errors everywhere: LEUKO_ERROR_IO with the path and the system's reason.
 * Threads: one object, one thread at a time.
 */
#pragma once
#include <glib.h>

typedef struct LeukoJournal LeukoJournal;

typedef enum {
    LEUKO_JOURNAL_CONTINUE, /* append to the file, which is made if there is none */
    LEUKO_JOURNAL_NEW,      /* the file must not exist yet */
} LeukoJournalMode;

LeukoJournal *leuko_journal_open(const char *path, LeukoJournalMode mode, GError **error);
gboolean leuko_journal_append(LeukoJournal *journal, gconstpointer record, gsize n_bytes,
                              GError **error);
/* On the disk, also if the machine stops. */
gboolean leuko_journal_sync(LeukoJournal *journal, GError **error);
void leuko_journal_free(LeukoJournal *journal); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoJournal, leuko_journal_free)
