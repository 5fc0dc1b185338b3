#include "data/group-summary.h"
#include "base/error.h"
#include <string.h>

enum { LARGEST = 5 };

typedef struct {
    const char *name, *file; /* file: an image of it */
    guint n;
} Group;

static gint larger_first(gconstpointer a, gconstpointer b)
{
    const Group *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : strcmp(x->name, y->name);
}

static GArray *count_groups(const LeukoCatalog *c)
{
    g_autoptr(GHashTable) index =
        g_hash_table_new(g_str_hash, g_str_equal); /* name -> number + 1 */
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(Group));
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = c->items->pdata[i];
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(index, item->group));
        if (item->is_copy)
            continue;
        if (number > 0) {
            g_array_index(groups, Group, number - 1).n++;
            continue;
        }
        const Group group = {item->group, item->file, 1};
        g_array_append_val(groups, group);
        g_hash_table_insert(index, item->group, GUINT_TO_POINTER(groups->len));
    }
    g_array_sort(groups, larger_first);
    return groups;
}

gchar *leuko_group_summary(const LeukoCatalog *c)
{
    if (!c->has_groups)
        return NULL;
    g_autoptr(GArray) groups = count_groups(c);
    g_autoptr(GString) text = g_string_new(NULL);
    guint n_single = 0;
    g_string_append_printf(text, "groups: %u; most images:", groups->len);
    for (guint i = 0; i < groups->len; i++) {
        const Group *g = &g_array_index(groups, Group, i);
        n_single += g->n == 1 ? 1 : 0;
        if (i < LARGEST)
            g_string_append_printf(text, "%s %s (%u)", i ? "," : "", g->name, g->n);
    }
    g_string_append_printf(text, "; groups with one image: %u", n_single);
    if (groups->len > 0)
        g_string_append_printf(text, "; example: %s is in %s", g_array_index(groups, Group, 0).file,
                               g_array_index(groups, Group, 0).name);
    return leuko_one_line(text->str);
}
