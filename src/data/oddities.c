#include "data/oddities.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/pixel-check.h"

static void oddity_free(gpointer data)
{
    LeukoOddity *oddity = data;
    g_free(oddity->what);
    g_ptr_array_unref(oddity->files);
    g_free(oddity);
}

/* The oddities in order, and the same by their text. */
typedef struct {
    GPtrArray *all;
    GHashTable *by_text;
} List;

static void add(List *list, const char *what, const char *file)
{
    if (!*what)
        return;
    LeukoOddity *oddity = g_hash_table_lookup(list->by_text, what);
    if (!oddity) {
        oddity = g_new0(LeukoOddity, 1);
        oddity->what = g_strdup(what);
        oddity->files = g_ptr_array_new();
        g_ptr_array_add(list->all, oddity);
        g_hash_table_insert(list->by_text, oddity->what, oddity);
    }
    g_ptr_array_add(oddity->files, (gpointer)file);
}

static gboolean is_original(const LeukoItem *item) { return !item->is_copy && !item->problem; }

static gboolean most_are_colorless(const LeukoCatalog *c)
{
    guint n = 0, n_colorless = 0;
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        n += is_original(item) ? 1 : 0;
        n_colorless += is_original(item) && item->pixels == LEUKO_PIXELS_COLORLESS ? 1 : 0;
    }
    return n_colorless * 2 > n;
}

/* "8 and 12 of 16 bits": images of which some may have been brightened and others not; g_free, NULL
 * if all files of more than 8 bits used equally many. */
static gchar *describe_depths(const LeukoCatalog *c)
{
    guint64 used = 0;
    guint n = 0;
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        if (is_original(item) && item->notes)
            used |= G_GUINT64_CONSTANT(1) << item->notes->n_bits_used;
    }
    g_autoptr(GString) text = g_string_new("files that use different numbers of bits:");
    for (guint bits = 1; bits < 64; bits++)
        if (used >> bits & 1)
            g_string_append_printf(text, "%s %u", n++ ? "," : "", bits);
    return n > 1 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

GPtrArray *leuko_catalog_find_oddities(const LeukoCatalog *c)
{
    static const char *const kinds[] = {"", "of one color", "nearly black", "nearly white",
                                        "nearly without color"};
    List list = {g_ptr_array_new_with_free_func(oddity_free),
                 g_hash_table_new(g_str_hash, g_str_equal)};
    gboolean colorless_is_usual = most_are_colorless(c);
    g_autofree gchar *depths = describe_depths(c);
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        if (!is_original(item))
            continue;
        if (item->pixels != LEUKO_PIXELS_COLORLESS || !colorless_is_usual)
            add(&list, kinds[item->pixels], item->file);
        if (!item->notes)
            continue;
        add(&list, item->notes->samples, item->file);
        add(&list, item->notes->pages, item->file);
        add(&list, item->notes->color, item->file);
        if (depths && item->notes->n_bits_used > 0)
            add(&list, depths, item->file);
    }
    g_hash_table_unref(list.by_text);
    return list.all;
}

void leuko_catalog_report_oddities(const LeukoCatalog *c, LeukoReporter reporter)
{
    g_autoptr(GPtrArray) all = leuko_catalog_find_oddities(c);
    for (guint i = 0; i < all->len; i++) {
        const LeukoOddity *o = all->pdata[i];
        leuko_report_line(reporter, "reading", "WARNING: %s: %s: %u %s, such as %s", c->root,
                          o->what, o->files->len, LEUKO_PLURAL(o->files->len, "image"),
                          (const char *)o->files->pdata[0]);
    }
}
