#include "data/split-audit.h"
#include "data/catalog-leaks.h"
#include "data/inspect.h"
#include "data/shard-catalog.h"

static void free_catalog(gpointer catalog) { leuko_catalog_free(catalog); }

/* Pass progress on, but no lines: the caller reports what the names of a folder say. */
static void report_progress(const LeukoProgress *progress, gpointer user_data)
{
    const LeukoReporter *whole = user_data;
    if (!progress->is_line && whole->func)
        whole->func(progress, whole->user_data);
}

LeukoLeaks *leuko_split_audit(const char *path, const LeukoFolderOptions *folder, guint n_threads,
                              GCancellable *cancellable, LeukoReporter reporter, GError **error)
{
    gboolean shards = !folder || leuko_shard_catalog_exists(path);
    g_autoptr(LeukoCatalog) c = shards ? leuko_shard_catalog_new(path, reporter, error)
                                       : leuko_catalog_new(path, folder, error);
    if (!c)
        return NULL;
    c->keeps_described = TRUE;
    if (c->has_splits && !leuko_catalog_inspect(c, n_threads, cancellable,
                                                (LeukoReporter){report_progress, &reporter}, error))
        return NULL;
    g_autoptr(LeukoDuplicates) duplicates =
        leuko_catalog_find_duplicates(c, n_threads, cancellable, reporter, error);
    if (!duplicates)
        return NULL;
    LeukoLeaks *leaks = leuko_catalog_find_leaks(c, duplicates);
    leaks->owner = g_steal_pointer(&c);
    leaks->owner_free = free_catalog;
    return leaks;
}
