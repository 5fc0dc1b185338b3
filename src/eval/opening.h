/* eval/opening.h: records that the test split of shards is used, before it is. */
#pragma once
#include "data/ledger.h"
#include "leuko/dataset.h"
#include "leuko/progress.h"

typedef struct {
    const LeukoDataset *dataset;
    const char *split;         /* NULL: all images of a folder */
    const char *const *models; /* digests, NULL-terminated */
    const char *command;       /* text for the ledger */
    const char *phase;         /* of the reporter's line */
} LeukoOpening;

/* If the data is the test split of shards, append to its ledger, and report how often it was opened
 * before: each earlier use makes figures too good if somebody chose by them. A folder of images has
 * no ledger, because Leuko writes nothing into it.
 * use     out: before this opening; zeros without a ledger
 * Errors: those of leuko_ledger_record(). */
gboolean leuko_opening_record(const LeukoOpening *opening, LeukoLedgerUse *use,
                              LeukoReporter reporter, GError **error);
/* Whether the data has a ledger. */
gboolean leuko_opening_has_ledger(const LeukoDataset *dataset, const char *split);
