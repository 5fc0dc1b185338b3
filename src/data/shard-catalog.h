/* data/shard-catalog.h: the images of all splits of a folder of shards as one catalog, for the
 * searches that a catalog of files allows: duplicates and leaks between the splits. */
#pragma once
#include "data/catalog.h"
#include "leuko/progress.h"
#include <gio/gio.h>

/* Whether the folder holds shards of any split. */
gboolean leuko_shard_catalog_exists(const char *path);

/* Read the index of every split. Groups and sources are those of split.csv where it has the image,
 * else those of the shards. Images have hashes already where the shards hold them:
 * `is_described`. leuko_catalog_inspect() decodes all images.
 * reporter  a line if split.csv does not name the images of the shards
 * Errors: as leuko_shard_set_open() and leuko_csv_load(). */
LeukoCatalog *leuko_shard_catalog_new(const char *path, LeukoReporter reporter, GError **error);
