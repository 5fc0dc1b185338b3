#include "base/error.h"
#include "data/sort-plan.h"
#include <string.h>

enum { EXAMPLES = 3 };

/* One kind of leak between the splits of the folders. */
typedef struct {
    guint n;
    GString *text; /* the first examples */
} Leak;

static void add_leak(Leak *leak, const char *a, const char *b)
{
    if (leak->n++ < EXAMPLES)
        g_string_append_printf(leak->text, "%s%s%s%s", leak->text->len ? ", " : "", a,
                               *b ? " and " : "", b);
}

/* The values of this member that images in two splits have. by_value: named by it, else by the two
 * files. */
static void find_crossing(const LeukoSortPlan *p, gsize member, gboolean by_value, Leak *leak)
{
    g_autoptr(GHashTable) first = g_hash_table_new(g_str_hash, g_str_equal); /* value -> item + 1 */
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < p->catalog->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(p->catalog, i);
        gchar *value = G_STRUCT_MEMBER(gchar *, item, member);
        if (!value || !*value || item->problem)
            continue;
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(first, value));
        if (before == 0)
            g_hash_table_insert(first, value, GUINT_TO_POINTER(i + 1));
        else if (leuko_catalog_item(p->catalog, before - 1)->split != item->split &&
                 g_hash_table_add(told, value))
            add_leak(leak, by_value ? value : leuko_catalog_item(p->catalog, before - 1)->file,
                     by_value ? "" : item->file);
    }
}

/* Clusters of duplicates in two splits, by the first two files that are not equal byte by byte. */
static void find_similar(const LeukoSortPlan *p, Leak *leak)
{
    const LeukoDuplicates *d = p->duplicates;
    for (guint k = 0; k < d->n_clusters; k++) {
        const LeukoItem *first = leuko_catalog_item(p->catalog, d->items[d->starts[k]]);
        for (guint i = d->starts[k] + 1; i < d->starts[k + 1]; i++) {
            const LeukoItem *item = leuko_catalog_item(p->catalog, d->items[i]);
            if (item->split == first->split || strcmp(item->sha256, first->sha256) == 0)
                continue;
            add_leak(leak, first->file, item->file);
            break;
        }
    }
}

static gboolean check_leaks(const LeukoSortPlan *p, GError **error)
{
    static const char *const kinds[] = {"groups in two splits", "the same content",
                                        "the same appearance", "copies of one image"};
    Leak leaks[G_N_ELEMENTS(kinds)];
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++)
        leaks[k] = (Leak){0, g_string_new(NULL)};
    if (p->catalog->has_groups)
        find_crossing(p, G_STRUCT_OFFSET(LeukoItem, group), TRUE, &leaks[0]);
    find_crossing(p, G_STRUCT_OFFSET(LeukoItem, sha256), FALSE, &leaks[1]);
    find_similar(p, &leaks[2]);
    find_crossing(p, G_STRUCT_OFFSET(LeukoItem, source), FALSE, &leaks[3]);
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
        if (leaks[k].n > 0)
            g_string_append_printf(text, "%s%s: %u (%s%s)", text->len ? "; " : "", kinds[k],
                                   leaks[k].n, leaks[k].text->str,
                                   leaks[k].n > EXAMPLES ? ", ..." : "");
        g_string_free(leaks[k].text, TRUE);
    }
    if (text->len == 0)
        return TRUE;
    g_autofree gchar *line = leuko_one_line(text->str);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: its folders give splits that share images; %s; correct the folders, or divide "
                "the images anew",
                p->catalog->root, line);
    return FALSE;
}

gboolean leuko_sort_keep_splits(LeukoSortPlan *p, GError **error)
{
    const LeukoSortOptions usual = leuko_sort_options_default(), *o = p->options;
    if (o->test > 0 || o->test_groups || o->validation != usual.validation) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: its folders give the splits; shares and test groups apply only if the "
                    "images are divided anew",
                    p->catalog->root);
        return FALSE;
    }
    if (!check_leaks(p, error))
        return FALSE;
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (!leuko_catalog_item(p->catalog, i)->is_copy && p->split[i] != LEUKO_LEFT_OUT)
            p->split[i] = leuko_catalog_item(p->catalog, i)->split;
    p->result->split_kept = TRUE;
    return TRUE;
}
