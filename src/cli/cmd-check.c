#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/group-options.h"
#include "data/duplicates.h"
#include "data/inspect.h"
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 10 }; /* of each kind of finding, unless --all */

typedef struct {
    const LeukoCatalog *catalog;
    GArray *duplicates;
    guint n_problems, n_exact, n_near, n_across;
} Findings;

static const LeukoItem *item_at(const LeukoCatalog *c, guint i) { return c->items->pdata[i]; }

static int by_value(const void *a, const void *b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return (x > y) - (x < y);
}

/* "299 x 299" or "176 to 363 (median 360)" of the shorter sides of one class, -1: all. */
static gchar *describe_sizes(const LeukoCatalog *c, gint label)
{
    g_autoptr(GArray) sides = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = item_at(c, i);
        guint side = MIN(item->width, item->height);
        if (!item->problem && (label < 0 || item->label == label))
            g_array_append_val(sides, side);
    }
    if (sides->len == 0)
        return g_strdup("none readable");
    qsort(sides->data, sides->len, sizeof(guint), by_value);
    guint low = g_array_index(sides, guint, 0), high = g_array_index(sides, guint, sides->len - 1);
    if (low == high)
        return g_strdup_printf("%u px", low);
    return g_strdup_printf("%u to %u px, median %u", low, high,
                           g_array_index(sides, guint, sides->len / 2));
}

static void print_classes(const LeukoCatalog *c)
{
    gsize width = 5;
    for (guint k = 0; k < c->n_classes; k++)
        width = MAX(width, strlen(c->classes[k]));
    cli_print("%s%-*s  %8s  %8s  %-12s shorter side%s", cli_bold(), (int)width, "class", "images",
              c->has_copies ? "copies" : "groups", "formats", cli_plain());
    for (guint k = 0; k < c->n_classes; k++) {
        guint n = 0, copies = 0;
        g_autoptr(GHashTable) groups = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GHashTable) formats = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < c->items->len; i++) {
            const LeukoItem *item = item_at(c, i);
            if (item->label != (gint)k)
                continue;
            n++;
            copies += item->is_copy ? 1 : 0;
            g_hash_table_add(groups, item->group);
            if (item->format)
                g_hash_table_add(formats, (gpointer)item->format);
        }
        g_autofree gpointer *names = g_hash_table_get_keys_as_array(formats, NULL);
        g_autofree gchar *list = g_strjoinv(" ", (gchar **)names);
        g_autofree gchar *sizes = describe_sizes(c, (gint)k);
        g_autofree gchar *third = c->has_copies   ? g_strdup_printf("%u", copies)
                                  : c->has_groups ? g_strdup_printf("%u", g_hash_table_size(groups))
                                                  : g_strdup("unknown");
        cli_print("%-*s  %8u  %8s  %-12s %s", (int)width, c->classes[k], n, third, list, sizes);
    }
}

static void print_findings(const Findings *f, guint shown)
{
    const LeukoCatalog *c = f->catalog;
    guint n = 0;
    for (guint i = 0; i < c->items->len; i++)
        if (item_at(c, i)->problem && n++ < shown)
            cli_print("unreadable: %s", item_at(c, i)->problem);
    if (n > shown)
        cli_print("... and %u more unreadable (--all lists them)", n - shown);
    n = 0;
    for (guint t = 0; t < f->duplicates->len; t++) {
        const LeukoDuplicate *pair = &g_array_index(f->duplicates, LeukoDuplicate, t);
        const LeukoItem *a = item_at(c, pair->a), *b = item_at(c, pair->b);
        if (n++ < shown)
            cli_print("%s%s: %s, %s", pair->same_bytes ? "the same file" : "the same image",
                      a->label != b->label ? " in two classes" : "", a->file, b->file);
    }
    if (n > shown)
        cli_print("... and %u more pairs (--all lists them)", n - shown);
    cli_print("%u images, %u unreadable, %u pairs of the same file, %u pairs of the same image "
              "(saved anew, resized, flipped or turned), %u of the pairs across classes",
              c->items->len, f->n_problems, f->n_exact, f->n_near, f->n_across);
}

static json_t *to_json(const Findings *f)
{
    const LeukoCatalog *c = f->catalog;
    json_t *classes = json_object(), *unreadable = json_array(), *pairs = json_array();
    for (guint k = 0; k < c->n_classes; k++) {
        json_int_t n = 0;
        for (guint i = 0; i < c->items->len; i++)
            n += item_at(c, i)->label == (gint)k;
        json_object_set_new(classes, c->classes[k], json_integer(n));
    }
    for (guint i = 0; i < c->items->len; i++)
        if (item_at(c, i)->problem)
            json_array_append_new(unreadable, json_pack("{s:o, s:o}", "file",
                                                        leuko_json_text(item_at(c, i)->file), "why",
                                                        leuko_json_text(item_at(c, i)->problem)));
    for (guint t = 0; t < f->duplicates->len; t++) {
        const LeukoDuplicate *pair = &g_array_index(f->duplicates, LeukoDuplicate, t);
        json_array_append_new(pairs,
                              json_pack("{s:s, s:s, s:b, s:i}", "a", item_at(c, pair->a)->file, "b",
                                        item_at(c, pair->b)->file, "same_bytes", pair->same_bytes,
                                        "bits_apart", (int)pair->distance));
    }
    return json_pack("{s:i, s:o, s:o, s:o}", "images", (int)c->items->len, "classes", classes,
                     "unreadable", unreadable, "duplicates", pairs);
}

static void count(Findings *f)
{
    f->n_problems = leuko_catalog_n_unreadable(f->catalog);
    for (guint t = 0; t < f->duplicates->len; t++) {
        const LeukoDuplicate *pair = &g_array_index(f->duplicates, LeukoDuplicate, t);
        f->n_exact += pair->same_bytes ? 1 : 0;
        f->n_near += pair->same_bytes ? 0 : 1;
        f->n_across += item_at(f->catalog, pair->a)->label != item_at(f->catalog, pair->b)->label;
    }
}

gboolean cmd_check(int argc, char **argv, GError **error)
{
    gboolean audit = FALSE, all = FALSE;
    g_autofree gchar *json_path = NULL;
    g_auto(CliGroupOptions) grouping = {0};
    gint threads = 0;
    const GOptionEntry entries[] = {
        {"audit", 0, 0, G_OPTION_ARG_NONE, &audit,
         "Leave with status 3 if anything is unreadable or double", NULL},
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "List every finding, not the first 10 of a kind",
         NULL},
        CLI_GROUP_ENTRIES(grouping),
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &json_path,
         "Write the findings as JSON (- is stdout)", "FILE"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &threads, "Threads (default: all processors)", "N"},
        {NULL}};
    if (!cli_parse("check", entries, &argc, &argv, 1, 1, error) ||
        !cli_group_options(&grouping, error))
        return FALSE;
    LeukoCatalogOptions options = {grouping.group_by, grouping.groups, grouping.labels};
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(argv[1], &options, error);
    if (!c ||
        !leuko_catalog_inspect(c, cli_threads(threads), cli_cancellable(), cli_reporter(), error))
        return FALSE;
    g_autoptr(GArray) duplicates = leuko_catalog_find_duplicates(c);
    Findings f = {.catalog = c, .duplicates = duplicates};
    count(&f);
    if (!json_path || strcmp(json_path, "-") != 0) {
        print_classes(c);
        print_findings(&f, all ? G_MAXUINT : SHOWN);
    }
    g_autoptr(json_t) json = to_json(&f);
    if (json_path && !leuko_json_save(json, json_path, error))
        return FALSE;
    if (audit && (f.n_problems > 0 || duplicates->len > 0)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE, "%s: the audit is not passed", argv[1]);
        return FALSE;
    }
    return TRUE;
}
