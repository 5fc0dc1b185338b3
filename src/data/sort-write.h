/* data/sort-write.h: the files of a sorted data set. */
#pragma once
#include "data/catalog.h"
#include "data/sort.h"

/* Write shards and tables into `folder`, which exists. split (items): LEUKO_TRAIN .., -1 leaves out. */
gboolean leuko_sort_write(const LeukoCatalog *catalog, const gint *split,
                          const LeukoSortOptions *options, const char *folder, GError **error);
