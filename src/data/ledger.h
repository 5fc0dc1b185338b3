/* data/ledger.h: the record of who opened the test split of a sorted folder. */
#pragma once
#include <glib.h>

/* Append one entry to ledger.jsonl in `path` and sync it: the time, the digest of the model and
 * the command line. Errors: LEUKO_ERROR_IO. */
gboolean leuko_ledger_append(const char *path, const char *model_digest, const char *command,
                             GError **error);
