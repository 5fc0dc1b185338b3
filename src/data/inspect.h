/* data/inspect.h: the second step of a catalog: read and decode every image. */
#pragma once
#include "data/catalog.h"
#include "leuko/progress.h"
#include <gio/gio.h>

/* Read, decode and hash every image; if the catalog keeps those that a shard describes, the others.
 * An unreadable image gets its `problem`; that is no error.
 * reporter  phase "reading"; a warning where images are skipped because of their names
 * Errors    LEUKO_ERROR_CANCELLED */
gboolean leuko_catalog_inspect(LeukoCatalog *catalog, guint n_threads, GCancellable *cancellable,
                               LeukoReporter reporter, GError **error);
guint leuko_catalog_n_unreadable(const LeukoCatalog *catalog);
