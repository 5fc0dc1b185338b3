#include "data/shard-catalog.h"
#include "base/csv.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/shard-names.h"
#include "leuko/error.h"
#include "leuko/split.h"
#include <string.h>

gboolean leuko_shard_catalog_exists(const char *path)
{
    for (LeukoSplit s = 0; s < LEUKO_N_SPLITS; s++)
        if (leuko_shard_names_exist(path, leuko_split_name(s)))
            return TRUE;
    return FALSE;
}

/* A layout of no files. */
static LeukoLayout *layout_new(const char *path)
{
    LeukoLayout *layout = g_new0(LeukoLayout, 1);
    layout->files = g_ptr_array_new();
    layout->classes = g_ptr_array_new();
    layout->groups = g_ptr_array_new();
    layout->splits = g_array_new(FALSE, FALSE, sizeof(gint));
    layout->names = g_string_chunk_new(64);
    layout->walk = g_new0(LeukoWalk, 1);
    layout->walk->root = g_strdup(path);
    layout->walk->files = g_ptr_array_new();
    layout->walk->folders = g_ptr_array_new();
    layout->walk->skipped = g_ptr_array_new();
    return layout;
}

/* The hashes that the shard holds, and the digest of the pixels in the place of the file's. */
static void take_stored(const LeukoShardHashes *h, LeukoItem *item)
{
    if (!h->present)
        return;
    guint64 digest; /* its bytes as hexadecimal digits */
    memcpy(&digest, h->fingerprint.bytes, sizeof digest);
    item->sha256 = g_strdup_printf("%016" G_GINT64_MODIFIER "x", GUINT64_FROM_BE(digest));
    item->phash = leuko_fingerprint_plain(h->fingerprint.bytes);
    item->centered = h->centered;
    item->is_described = TRUE;
}

static void add_records(LeukoCatalog *c, LeukoSplit split)
{
    const GArray *records = c->shards[split]->records;
    for (guint i = 0; i < records->len; i++) {
        const LeukoShardRecord *r = &g_array_index(records, LeukoShardRecord, i);
        LeukoItem *item = g_new0(LeukoItem, 1);
        item->file = (gchar *)r->file; /* the set lives as long as the catalog */
        item->source = (gchar *)r->source;
        item->group = (gchar *)r->group;
        item->label = r->label;
        item->split = (gint)split;
        item->record = i;
        item->is_copy = strcmp(r->source, r->file) != 0;
        c->has_copies |= item->is_copy;
        c->has_groups |= *r->group != '\0';
        take_stored(&g_array_index(c->shards[split]->hashes, LeukoShardHashes, i), item);
        g_ptr_array_add(c->items, item);
    }
    g_clear_pointer(&c->shards[split]->hashes, g_array_unref);
}

static void replace(LeukoCatalog *c, gchar **text, const char *by)
{
    if (*by && strcmp(*text, by) != 0)
        *text = g_string_chunk_insert_const(c->strings, by);
}

/* Take groups and sources from split.csv. */
static gboolean read_table(LeukoCatalog *c, LeukoReporter reporter, GError **error)
{
    g_autofree gchar *path = g_build_filename(c->root, "split.csv", NULL);
    if (leuko_is_absent(path))
        return TRUE;
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, error);
    gint file = csv ? leuko_csv_column(csv, "file", error) : -1,
         group = file < 0 ? -1 : leuko_csv_column(csv, "group", error),
         source = group < 0 ? -1 : leuko_csv_column(csv, "source", error);
    if (source < 0)
        return FALSE;
    g_autoptr(GHashTable) rows = g_hash_table_new(g_str_hash, g_str_equal);
    guint n_absent = 0;
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        g_hash_table_insert(rows, (gpointer)leuko_csv_get(csv, r, file), GUINT_TO_POINTER(r + 1));
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = leuko_catalog_item(c, i);
        guint row = GPOINTER_TO_UINT(g_hash_table_lookup(rows, item->file));
        if (row == 0) {
            n_absent++;
            continue;
        }
        replace(c, &item->group, leuko_csv_get(csv, row - 1, group));
        replace(c, &item->source, leuko_csv_get(csv, row - 1, source));
        c->has_groups |= *item->group != '\0';
    }
    if (n_absent > 0)
        leuko_report_line(reporter, "audit", "WARNING: %s: has no row for %u %s of the shards",
                          path, n_absent, LEUKO_PLURAL(n_absent, "image"));
    return TRUE;
}

LeukoCatalog *leuko_shard_catalog_new(const char *path, LeukoReporter reporter, GError **error)
{
    g_autoptr(LeukoCatalog) c = g_new0(LeukoCatalog, 1);
    g_autoptr(GString) text = g_string_new("shards of sort:");
    c->root = g_strdup(path);
    c->layout = layout_new(path);
    c->notes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(c->notes, NULL);
    c->strings = g_string_chunk_new(4096);
    c->items = leuko_catalog_items_new();
    c->has_splits = TRUE;
    for (LeukoSplit s = 0; s < LEUKO_N_SPLITS; s++) {
        if (!leuko_shard_names_exist(path, leuko_split_name(s)))
            continue;
        c->shards[s] = leuko_shard_set_open(path, leuko_split_name(s), TRUE, error);
        if (!c->shards[s])
            return NULL;
        if (!c->classes) {
            c->classes = g_strdupv(c->shards[s]->classes);
            c->n_classes = g_strv_length(c->classes);
        }
        g_string_append_printf(text, "%s %s %u", c->items->len ? "," : "", leuko_split_name(s),
                               c->shards[s]->records->len);
        add_records(c, s);
    }
    g_string_append(text, " images");
    c->text = g_string_free(g_steal_pointer(&text), FALSE);
    return read_table(c, reporter, error) ? g_steal_pointer(&c) : NULL;
}
