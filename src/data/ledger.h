/* data/ledger.h: the record of who opened the test split of a sorted folder: ledger.jsonl, a line
 * of JSON for each opening. The file must be a regular file and no link. */
#pragma once
#include <glib.h>

/* How often the test split was opened. */
typedef struct {
    guint n_openings;
    guint n_models; /* that it was opened for */
} LeukoLedgerUse;

/* Append one entry for each model to ledger.jsonl in `path` and sync it: the time, the digest of
 * the model and the command line. Each process that records at the same time sees the entries of
 * those before it.
 * models  digests, NULL-terminated
 * use     out: before these entries; without a ledger never
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT: a line is no entry (its number is named). */
gboolean leuko_ledger_record(const char *path, const char *const *models, const char *command,
                             LeukoLedgerUse *use, GError **error);
