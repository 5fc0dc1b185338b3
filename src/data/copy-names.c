#include "data/copy-names.h"
#include "data/naming.h"
#include <string.h>

/* The images of one name. */
typedef struct {
    gchar *name;     /* path without the split's folder, the prefix and the ending */
    LeukoItem *bare; /* the first without prefix, or NULL */
    guint n_prefixed;
} Family;

static void family_free(gpointer data)
{
    Family *f = data;
    g_free(f->name);
    g_free(f);
}

/* "a/Hor-x.png" of "train/a/Hor-x.png" without the folder of the split at this level, if any. */
static gchar *without_split(const char *file, gint level)
{
    const char *start = file;
    for (gint i = 0; i < level && start; i++)
        start = strchr(start, '/') ? strchr(start, '/') + 1 : NULL;
    const char *end = start ? strchr(start, '/') : NULL;
    if (level < 0 || !end)
        return g_strdup(file);
    return g_strdup_printf("%.*s%s", (int)(start - file), file, end + 1);
}

static gsize prefix_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return leuko_naming_copy_prefix(slash ? slash + 1 : path);
}

/* The family's name. */
static gchar *family_name(const LeukoItem *item, gint level)
{
    g_autofree gchar *path = without_split(item->file, level);
    gsize stem = leuko_naming_stem(path), prefix = prefix_of(path);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return g_strdup_printf("%.*s%.*s", (int)(name - path), path,
                           (int)(stem - (gsize)(name - path) - prefix), name + prefix);
}

static gboolean has_own_source(const LeukoItem *item)
{
    return strcmp(item->source, item->file) == 0;
}

void leuko_catalog_join_names(LeukoCatalog *c)
{
    gint level = leuko_pattern_find(&c->layout->pattern, LEUKO_LEVEL_SPLIT);
    g_autoptr(GHashTable) families =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, family_free);
    for (guint i = 0; i < c->items->len; i++) { /* those with a prefix make the families */
        const LeukoItem *item = c->items->pdata[i];
        if (prefix_of(item->file) == 0)
            continue;
        g_autofree gchar *name = family_name(item, level);
        Family *f = g_hash_table_lookup(families, name);
        if (!f) {
            f = g_new0(Family, 1);
            f->name = g_steal_pointer(&name);
            g_hash_table_insert(families, f->name, f);
        }
        f->n_prefixed++;
    }
    if (g_hash_table_size(families) == 0)
        return;
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        if (prefix_of(item->file) > 0)
            continue;
        g_autofree gchar *name = family_name(item, level);
        Family *f = g_hash_table_lookup(families, name);
        if (f && !f->bare)
            f->bare = item;
    }
    for (guint i = 0; i < c->items->len; i++) {
        LeukoItem *item = c->items->pdata[i];
        if (prefix_of(item->file) == 0 || !has_own_source(item))
            continue;
        g_autofree gchar *name = family_name(item, level);
        const Family *f = g_hash_table_lookup(families, name);
        if (!f->bare && f->n_prefixed < 2)
            continue;
        item->source = f->bare ? f->bare->file : g_string_chunk_insert_const(c->strings, f->name);
        item->is_copy = f->bare != NULL;
        c->has_copies |= item->is_copy;
    }
}
