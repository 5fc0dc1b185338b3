/* data/split-audit.h: does anything stand on both sides of the splits of a folder of shards? */
#pragma once
#include "data/leaks.h"
#include "leuko/progress.h"
#include <gio/gio.h>

/* Compare the images of all splits: groups and sources, by the shards and split.csv; pixels, by the
 * hashes of the shards and the alignment of candidates (image/copies.h). Images of shards without
 * hashes, of an earlier version or of another program, are decoded.
 * n_threads  at least 1
 * reporter   phase "reading", if images are decoded; lines about split.csv
 * Returns the leaks; free with leuko_leaks_free() or g_autoptr.
 * Errors: those of leuko_dataset_open_shards(), leuko_csv_load() and leuko_copies_find(). Cost: the
 * index of the shards is read; image/copies.h. */
LeukoLeaks *leuko_split_audit(const char *path, guint n_threads, GCancellable *cancellable,
                              LeukoReporter reporter, GError **error);
