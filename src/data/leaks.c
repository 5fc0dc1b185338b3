#include "data/leaks.h"
#include "base/error.h"
#include "base/json.h"
#include "base/plural.h"
#include "leuko/error.h"
#include <string.h>

enum { NAMED = 10 }; /* leaks in a message */

static const char *const kind_words[LEUKO_N_LEAK_KINDS] = {"the same group", "copies of one source",
                                                           "the same content", "the same image"};
static const char *const kind_keys[LEUKO_N_LEAK_KINDS] = {"group", "source", "same_bytes", "copy"};

static void add_leak(LeukoLeaks *l, LeukoLeakKind kind, const char *name, guint a, guint b)
{
    const LeukoLeak leak = {kind, name, {a, b}};
    g_array_append_val(l->leaks, leak);
}

static gboolean is_original(const LeukoLeakItem *item)
{
    return strcmp(item->source, item->file) == 0;
}

/* of (n): the first image of the same group or source. */
static void number_names(const LeukoLeaks *l, LeukoLeakKind kind, guint *of)
{
    g_autoptr(GHashTable) first = g_hash_table_new(g_str_hash, g_str_equal); /* name -> item + 1 */
    for (guint i = 0; i < l->n_items; i++) {
        const char *name = kind == LEUKO_LEAK_GROUP ? l->items[i].group : l->items[i].source;
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(first, name));
        of[i] = before > 0 && *name ? before - 1 : i;
        if (before == 0)
            g_hash_table_insert(first, (gpointer)name, GUINT_TO_POINTER(i + 1));
    }
}

/* Whether an image is told beside the first of its number in the home split. Groups are told once
 * for each split. Two originals of one name, such as the first records of shards that carry no
 * names, are no copies for it. */
static gboolean is_told(const LeukoLeaks *l, LeukoLeakKind kind, const guint *first, guint home,
                        guint i)
{
    if (kind == LEUKO_LEAK_GROUP)
        return first[l->items[i].split] == i;
    return kind != LEUKO_LEAK_SOURCE ||
           !(is_original(&l->items[first[home]]) && is_original(&l->items[i]));
}

/* Add the images whose number is in a lower split too.
 * of  (n) images with one number belong together: that of one of them */
static void find_crossing(LeukoLeaks *l, LeukoLeakKind kind, const guint *of)
{
    guint n = l->n_items;
    g_autofree guint *first = g_new(guint, (gsize)n * LEUKO_N_SPLITS + 1); /* by number and split */
    for (gsize i = 0; i < (gsize)n * LEUKO_N_SPLITS; i++)
        first[i] = G_MAXUINT;
    for (guint i = n; i-- > 0;)
        if (l->items[i].split >= 0)
            first[(gsize)of[i] * LEUKO_N_SPLITS + (guint)l->items[i].split] = i;
    for (guint i = 0; i < n; i++) {
        const LeukoLeakItem *item = &l->items[i];
        const guint *mine = first + (gsize)of[i] * LEUKO_N_SPLITS;
        gint home = 0;
        while (home < item->split && mine[home] == G_MAXUINT)
            home++;
        if (item->split < 0 || home == item->split || !is_told(l, kind, mine, (guint)home, i))
            continue;
        const LeukoLeakItem *other = &l->items[mine[home]];
        const char *name = kind == LEUKO_LEAK_GROUP    ? item->group
                           : kind == LEUKO_LEAK_SOURCE ? item->source
                                                       : NULL;
        gboolean is_same = kind == LEUKO_LEAK_COPY && other->same_as == item->same_as;
        add_leak(l, is_same ? LEUKO_LEAK_BYTES : kind, name, mine[home], i);
    }
}

static void find_all(LeukoLeaks *l)
{
    g_autofree guint *of = g_new(guint, l->n_items + 1);
    for (LeukoLeakKind kind = LEUKO_LEAK_GROUP; kind <= LEUKO_LEAK_SOURCE; kind++) {
        number_names(l, kind, of);
        find_crossing(l, kind, of);
    }
    for (guint i = 0; i < l->n_items; i++)
        of[i] = l->items[i].copy_of;
    find_crossing(l, LEUKO_LEAK_COPY, of);
}

static gint by_kind(gconstpointer a, gconstpointer b)
{
    const LeukoLeak *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind > y->kind ? 1 : -1;
    return (x->items[1] > y->items[1]) - (x->items[1] < y->items[1]);
}

LeukoLeaks *leuko_leaks_new(LeukoLeakItem *items, guint n)
{
    LeukoLeaks *l = g_new0(LeukoLeaks, 1);
    l->n_items = n;
    l->items = items;
    l->leaks = g_array_new(FALSE, FALSE, sizeof(LeukoLeak));
    l->allowed = g_ptr_array_new_with_free_func(g_free);
    find_all(l);
    g_array_sort(l->leaks, by_kind);
    return l;
}

void leuko_leaks_free(LeukoLeaks *l)
{
    if (!l)
        return;
    g_free(l->items);
    g_array_unref(l->leaks);
    g_ptr_array_unref(l->allowed);
    if (l->owner)
        l->owner_free(l->owner);
    g_free(l);
}

/* --- allowed leaks ---------------------------------------------------------------------------- */

static gboolean has_name(const LeukoLeaks *l, const LeukoLeak *leak, const char *name)
{
    if (strcmp(name, "all") == 0 ||
        strcmp(name, leak->kind == LEUKO_LEAK_GROUP ? "groups" : "copies") == 0)
        return TRUE;
    if (leak->kind == LEUKO_LEAK_GROUP)
        return strcmp(name, leak->name) == 0;
    return strcmp(name, l->items[leak->items[0]].file) == 0 ||
           strcmp(name, l->items[leak->items[1]].file) == 0;
}

/* Leave the leaks that do not have the name; count the others as allowed. */
static guint take_off(LeukoLeaks *l, const char *name)
{
    guint kept = 0, n = l->leaks->len;
    LeukoLeak *leaks = (LeukoLeak *)(gpointer)l->leaks->data;
    for (guint i = 0; i < n; i++)
        if (has_name(l, &leaks[i], name))
            l->n_allowed[leaks[i].kind]++;
        else
            leaks[kept++] = leaks[i];
    g_array_set_size(l->leaks, kept);
    return n - kept;
}

void leuko_leaks_keep_split(LeukoLeaks *l, LeukoSplit split)
{
    guint kept = 0;
    LeukoLeak *leaks = (LeukoLeak *)(gpointer)l->leaks->data;
    for (guint i = 0; i < l->leaks->len; i++)
        if (l->items[leaks[i].items[1]].split == (gint)split)
            leaks[kept++] = leaks[i];
    g_array_set_size(l->leaks, kept);
}

gboolean leuko_leaks_allow(LeukoLeaks *l, const char *names, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(names ? names : "", ",", -1);
    for (guint k = 0; parts[k]; k++) {
        const char *name = g_strstrip(parts[k]);
        if (!*name)
            continue;
        if (take_off(l, name) == 0) {
            leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                       "allowed leak \"%s\": no group of this name, and no image with a copy, is "
                       "in two splits",
                       name);
            return FALSE;
        }
        g_ptr_array_add(l->allowed, g_strdup(name));
    }
    return TRUE;
}

json_t *leuko_leaks_allowed_json(const LeukoLeaks *l)
{
    if (l->allowed->len == 0)
        return NULL;
    json_t *counts = json_object();
    for (guint k = 0; k < LEUKO_N_LEAK_KINDS; k++)
        json_object_set_new(counts, kind_keys[k], json_integer(l->n_allowed[k]));
    return counts;
}

gchar *leuko_leaks_allowed_text(json_t *counts)
{
    guint n[LEUKO_N_LEAK_KINDS], n_copies = 0;
    for (guint k = 0; k < LEUKO_N_LEAK_KINDS; k++) {
        n[k] = (guint)json_integer_value(json_object_get(counts, kind_keys[k]));
        n_copies += k == LEUKO_LEAK_GROUP ? 0 : n[k];
    }
    if (!counts)
        return NULL;
    return g_strdup_printf("splits share %u %s and %u %s, which were allowed by name: figures on "
                           "them are too good",
                           n[LEUKO_LEAK_GROUP], LEUKO_PLURAL(n[LEUKO_LEAK_GROUP], "group"),
                           n_copies, leuko_plural(n_copies, "pair of copies", "pairs of copies"));
}

gchar *leuko_leaks_trained_text(json_t *counts)
{
    g_autofree gchar *text = leuko_leaks_allowed_text(counts);
    return text ? g_strconcat("the model was trained although its ", text, NULL) : NULL;
}

/* --- texts ------------------------------------------------------------------------------------ */

static const char *split_of(const LeukoLeaks *l, guint item)
{
    return leuko_split_name((LeukoSplit)l->items[item].split);
}

gchar *leuko_leak_describe(const LeukoLeaks *l, guint index)
{
    const LeukoLeak *leak = &g_array_index(l->leaks, LeukoLeak, index);
    g_autofree gchar *text = g_strdup_printf(
        "%s%s%s: %s (%s) and %s (%s)", kind_words[leak->kind],
        leak->kind == LEUKO_LEAK_GROUP ? " " : "", leak->kind == LEUKO_LEAK_GROUP ? leak->name : "",
        l->items[leak->items[0]].file, split_of(l, leak->items[0]), l->items[leak->items[1]].file,
        split_of(l, leak->items[1]));
    return leuko_one_line(text);
}

gchar *leuko_leaks_text(const LeukoLeaks *l)
{
    guint n = l->leaks->len;
    if (n == 0)
        return NULL;
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%u %s in two splits", n,
                    leuko_plural(n, "group or pair of images is", "groups or pairs of images are"));
    for (guint i = 0; i < MIN(n, NAMED); i++) {
        g_autofree gchar *line = leuko_leak_describe(l, i);
        g_string_append_printf(text, "%s%s", i ? "; " : ": ", line);
    }
    if (n > NAMED)
        g_string_append_printf(text, "; and %u more", n - NAMED);
    return g_string_free(text, FALSE);
}

gboolean leuko_leaks_refuse(const LeukoLeaks *l, const char *path, const char *advice,
                            GError **error)
{
    g_autofree gchar *text = leuko_leaks_text(l);
    if (text)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE, "%s: %s%s", path, text, advice);
    return !text;
}

json_t *leuko_leak_to_json(const LeukoLeaks *l, guint index)
{
    const LeukoLeak *leak = &g_array_index(l->leaks, LeukoLeak, index);
    json_t *json = json_pack("{s:s, s:[o, o], s:[s, s]}", "kind", kind_keys[leak->kind], "files",
                             leuko_json_text(l->items[leak->items[0]].file),
                             leuko_json_text(l->items[leak->items[1]].file), "splits",
                             split_of(l, leak->items[0]), split_of(l, leak->items[1]));
    if (leak->name)
        json_object_set_new(json, "name", leuko_json_text(leak->name));
    return json;
}

json_t *leuko_leaks_to_json(const LeukoLeaks *l)
{
    json_t *json = json_array();
    for (guint i = 0; i < l->leaks->len; i++)
        json_array_append_new(json, leuko_leak_to_json(l, i));
    return json;
}
