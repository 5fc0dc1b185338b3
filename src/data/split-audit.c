#include "data/split-audit.h"
#include "data/catalog-leaks.h"
#include "data/inspect.h"
#include "data/shard-catalog.h"

static void free_catalog(gpointer catalog) { leuko_catalog_free(catalog); }

LeukoLeaks *leuko_split_audit(const char *path, guint n_threads, GCancellable *cancellable,
                              LeukoReporter reporter, GError **error)
{
    g_autoptr(LeukoCatalog) c = leuko_shard_catalog_new(path, reporter, error);
    if (!c)
        return NULL;
    c->keeps_described = TRUE;
    if (!leuko_catalog_inspect(c, n_threads, cancellable, reporter, error))
        return NULL;
    g_autoptr(LeukoDuplicates) duplicates =
        leuko_catalog_find_duplicates(c, n_threads, cancellable, error);
    if (!duplicates)
        return NULL;
    LeukoLeaks *leaks = leuko_catalog_find_leaks(c, duplicates);
    leaks->owner = g_steal_pointer(&c);
    leaks->owner_free = free_catalog;
    return leaks;
}
