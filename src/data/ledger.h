/* data/ledger.h: the record of who opened the test split of a sorted folder: ledger.jsonl, a line
 * of JSON for each opening. */
#pragma once
#include <glib.h>

/* Append one entry to ledger.jsonl in `path` and sync it: the time, the digest of the model and
 * the command line. Errors: LEUKO_ERROR_IO. */
gboolean leuko_ledger_append(const char *path, const char *model_digest, const char *command,
                             GError **error);

typedef struct {
    guint n_openings;
    guint n_models; /* that the test split was opened for */
} LeukoLedgerUse;

/* How often the test split was opened so far. Without a ledger: never.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT: a line is no entry (its number is named). */
gboolean leuko_ledger_read(const char *path, LeukoLedgerUse *use, GError **error);
