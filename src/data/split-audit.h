/* data/split-audit.h: does anything stand on both sides of the splits of a data set? */
#pragma once
#include "data/leaks.h"
#include "leuko/folder.h"
#include "leuko/progress.h"
#include <gio/gio.h>

/* Compare the images of all splits: groups and sources, by the shards and split.csv; pixels, by the
 * hashes of the shards and the alignment of candidates (image/copies.h). Images of shards without
 * hashes, of an earlier version or of another program, are decoded, and so is every image of a
 * folder whose folders give splits. A folder without splits has no leaks, and is not read.
 * folder     how to read a folder of images; not for shards; NULL: the folder must hold shards
 * n_threads  at least 1
 * reporter   phase "reading", if images are decoded; lines about split.csv
 * Returns the leaks; free with leuko_leaks_free() or g_autoptr.
 * Errors: those of leuko_dataset_open_shards(), leuko_catalog_new(), leuko_csv_load() and
 * leuko_copies_find(). Cost: the index of the shards is read; image/copies.h. */
LeukoLeaks *leuko_split_audit(const char *path, const LeukoFolderOptions *folder, guint n_threads,
                              GCancellable *cancellable, LeukoReporter reporter, GError **error);
