/* data/shard-write.h: write a divided catalog as shards and tables. */
#pragma once
#include "data/catalog.h"
#include "leuko/progress.h"
#include <gio/gio.h>

typedef struct {
    const char *prefix; /* first part of the shard names */
    guint n_shards;     /* files per split */
    guint64 seed;       /* of the order of the images */
    GCancellable *cancellable;
    LeukoReporter reporter; /* phases "train", "validation", "test" */
} LeukoShardOptions;

/* Write the shards, Labels.txt, Classes.txt, split.csv and an empty ledger.jsonl into `folder`,
 * which exists. split: (items) LEUKO_TRAIN to LEUKO_TEST, or -1 to leave the image out.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_DATA (a file has changed since it was inspected);
 * LEUKO_ERROR_CANCELLED. */
gboolean leuko_shards_write(const LeukoCatalog *catalog, const gint *split,
                            const LeukoShardOptions *options, const char *folder, GError **error);
