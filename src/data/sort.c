#include "data/sort.h"
#include "base/stage.h"
#include "data/catalog.h"
#include "data/duplicates.h"
#include "data/inspect.h"
#include "data/shard-names.h"
#include "data/sort-write.h"
#include "data/split.h"
#include "leuko/error.h"
#include <string.h>

LeukoSortOptions leuko_sort_options_default(void)
{
    return (LeukoSortOptions){.validation = 0.3, .prefix = "AML", .n_shards = 10, .seed = 50};
}

void leuko_sort_result_clear(LeukoSortResult *r)
{
    g_clear_pointer(&r->classes, g_strfreev);
    g_clear_pointer(&r->counts, g_free);
    g_clear_pointer(&r->originals, g_free);
}

/* Union-find over units. */
static guint find_root(guint *parents, guint i)
{
    while (parents[i] != i)
        i = parents[i] = parents[parents[i]];
    return i;
}

static void join(guint *parents, guint a, guint b)
{
    guint x = find_root(parents, a), y = find_root(parents, b);
    parents[MAX(x, y)] = MIN(x, y);
}

typedef struct {
    LeukoCatalog *catalog;
    const LeukoSortOptions *options;
    guint *unit; /* (items) what stays together */
    gint *split; /* (items) LEUKO_TRAIN .. LEUKO_TEST, or -1: left out */
    LeukoSortResult *result;
} Plan;

static LeukoItem *item_at(const Plan *p, guint i) { return p->catalog->items->pdata[i]; }

/* Units by group, or by source where no groups are known; then joined where images are the same.
 * Images that two classes claim are marked to be left out (split -1), their copies too. */
static void find_units(Plan *p)
{
    guint n = p->catalog->items->len;
    g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree guint *parents = g_new(guint, n);
    for (guint i = 0; i < n; i++) {
        const LeukoItem *item = item_at(p, i);
        const char *key = p->catalog->has_groups ? item->group : item->source;
        if (!g_hash_table_contains(numbers, key))
            g_hash_table_insert(numbers, (gpointer)key, GUINT_TO_POINTER(i));
        p->unit[i] = GPOINTER_TO_UINT(g_hash_table_lookup(numbers, key));
        parents[i] = i;
    }
    g_autoptr(GArray) duplicates = leuko_catalog_find_duplicates(p->catalog);
    g_autoptr(GHashTable) disputed = g_hash_table_new(g_str_hash, g_str_equal); /* sources */
    for (guint t = 0; t < duplicates->len; t++) {
        const LeukoDuplicate *pair = &g_array_index(duplicates, LeukoDuplicate, t);
        const LeukoItem *a = item_at(p, pair->a), *b = item_at(p, pair->b);
        if (a->label != b->label) {
            leuko_report_line(p->options->reporter, "reading",
                              "left out, the same image in two classes: %s and %s", a->file,
                              b->file);
            g_hash_table_add(disputed, a->source);
            g_hash_table_add(disputed, b->source);
        }
        join(parents, p->unit[pair->a], p->unit[pair->b]);
    }
    p->result->n_duplicates = duplicates->len;
    for (guint i = 0; i < n; i++) {
        p->unit[i] = find_root(parents, p->unit[i]);
        if (g_hash_table_contains(disputed, item_at(p, i)->source)) {
            p->split[i] = -1;
            p->result->n_conflicts += !item_at(p, i)->is_copy;
        }
    }
}

/* Put the units of the named groups into the test part. */
static gboolean take_test_groups(Plan *p, GHashTable *test_units, GError **error)
{
    if (!p->options->test_groups)
        return TRUE;
    if (!p->catalog->has_groups) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "--test-groups needs groups: give --group-by or --groups");
        return FALSE;
    }
    g_auto(GStrv) names = g_strsplit(p->options->test_groups, ",", -1);
    for (guint g = 0; names[g]; g++) {
        gboolean found = FALSE;
        g_strstrip(names[g]);
        for (guint i = 0; i < p->catalog->items->len; i++)
            if (strcmp(item_at(p, i)->group, names[g]) == 0) {
                g_hash_table_add(test_units, GUINT_TO_POINTER(p->unit[i]));
                found = TRUE;
            }
        if (!found) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "--test-groups: there is no group \"%s\"", names[g]);
            return FALSE;
        }
    }
    return TRUE;
}

/* Every class must have a group for every part. */
static gboolean enough_groups(const Plan *p, const guint *units, const gint *labels, gsize n,
                              guint n_parts, GError **error)
{
    for (guint k = 0; k < p->catalog->n_classes; k++) {
        guint n_units = leuko_split_units_of_class(units, labels, n, (gint)k);
        if (n_units >= n_parts)
            continue;
        GString *names = g_string_new(NULL);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < p->catalog->items->len; i++)
            if (item_at(p, i)->label == (gint)k && p->split[i] >= 0 && p->split[i] != LEUKO_TEST &&
                g_hash_table_add(seen, item_at(p, i)->group) && g_hash_table_size(seen) <= 5)
                g_string_append_printf(names, "%s%s", names->len ? ", " : "", item_at(p, i)->group);
        g_set_error(
            error, LEUKO_ERROR, LEUKO_ERROR_DATA,
            "class \"%s\" has %u %s%s%s%s for %u parts; use --validation 0, or name the test "
            "part with --test-groups",
            p->catalog->classes[k], n_units,
            p->catalog->has_groups ? "separate groups" : "separate images",
            p->catalog->has_groups ? " (" : "", p->catalog->has_groups ? names->str : "",
            p->catalog->has_groups ? ")" : "", n_parts);
        g_string_free(names, TRUE);
        return FALSE;
    }
    return TRUE;
}

/* Divide the originals; copies follow in assign_copies(). */
static gboolean divide(Plan *p, GError **error)
{
    const LeukoSortOptions *o = p->options;
    guint n_items = p->catalog->items->len, n = 0;
    g_autoptr(GHashTable) test_units = g_hash_table_new(NULL, NULL);
    if (!take_test_groups(p, test_units, error))
        return FALSE;
    g_autofree guint *units = g_new(guint, n_items), *which = g_new(guint, n_items);
    g_autofree guint *part = g_new0(guint, n_items);
    g_autofree gint *labels = g_new(gint, n_items);
    for (guint i = 0; i < n_items; i++) {
        if (item_at(p, i)->is_copy || p->split[i] < 0)
            continue;
        if (g_hash_table_contains(test_units, GUINT_TO_POINTER(p->unit[i]))) {
            p->split[i] = LEUKO_TEST;
            continue;
        }
        units[n] = p->unit[i];
        labels[n] = item_at(p, i)->label;
        which[n++] = i;
    }
    double test = o->test_groups ? 0 : o->test;
    const double shares[LEUKO_N_SPLITS] = {1 - o->validation - test, o->validation, test};
    guint n_parts = 1u + (o->validation > 0) + (test > 0);
    if (!enough_groups(p, units, labels, n, n_parts, error))
        return FALSE;
    leuko_split(units, labels, n, p->catalog->n_classes, shares, LEUKO_N_SPLITS, o->seed, part);
    for (guint i = 0; i < n; i++)
        p->split[which[i]] = (gint)part[i];
    return TRUE;
}

/* A copy goes where its unit went if that is training, else it is left out. One whose original is
 * not in the folder and whose group is nowhere else belongs to training. */
static void assign_copies(Plan *p)
{
    g_autoptr(GHashTable) split_of = g_hash_table_new(NULL, NULL); /* unit -> split + 1 */
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (!item_at(p, i)->is_copy && p->split[i] >= 0)
            g_hash_table_insert(split_of, GUINT_TO_POINTER(p->unit[i]),
                                GINT_TO_POINTER(p->split[i] + 1));
    for (guint i = 0; i < p->catalog->items->len; i++) {
        if (!item_at(p, i)->is_copy || p->split[i] < 0)
            continue;
        gint split =
            GPOINTER_TO_INT(g_hash_table_lookup(split_of, GUINT_TO_POINTER(p->unit[i]))) - 1;
        p->split[i] = split <= LEUKO_TRAIN ? LEUKO_TRAIN : -1;
        p->result->n_copies_left_out += p->split[i] < 0;
    }
}

static void count(Plan *p)
{
    LeukoSortResult *r = p->result;
    guint n_classes = p->catalog->n_classes;
    r->classes = g_strdupv(p->catalog->classes);
    r->n_classes = n_classes;
    r->has_groups = p->catalog->has_groups;
    r->counts = g_new0(guint, LEUKO_N_SPLITS * n_classes);
    r->originals = g_new0(guint, LEUKO_N_SPLITS * n_classes);
    for (gint s = 0; s < LEUKO_N_SPLITS; s++) {
        g_autoptr(GHashTable) groups = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = 0; i < p->catalog->items->len; i++) {
            const LeukoItem *item = item_at(p, i);
            if (p->split[i] != s)
                continue;
            r->counts[(guint)s * n_classes + (guint)item->label]++;
            r->originals[(guint)s * n_classes + (guint)item->label] += !item->is_copy;
            g_hash_table_add(groups, item->group);
        }
        r->n_groups[s] = r->has_groups ? g_hash_table_size(groups) : 0;
    }
}

static gboolean check_options(const LeukoSortOptions *o, GError **error)
{
    if (o->validation >= 0 && o->test >= 0 && o->validation + o->test < 1 && o->n_shards >= 1 &&
        o->n_shards <= 99999 && o->prefix && *o->prefix && !strchr(o->prefix, '/'))
        return TRUE;
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
        "validation %g and test %g must be shares that leave something to train on; shards %u "
        "must be 1 to 99999; the prefix a plain name",
        o->validation, o->test, o->n_shards);
    return FALSE;
}

static LeukoCatalog *read_images(const char *path, const LeukoSortOptions *o, GError **error)
{
    LeukoCatalogOptions names = {o->group_by, o->groups, o->labels};
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(path, &names, error);
    if (!c)
        return NULL;
    if (c->n_classes < 2) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: only one class, \"%s\"; a classifier needs at least two folders of images",
                    path, c->classes[0]);
        return NULL;
    }
    if (!leuko_catalog_inspect(c, o->n_threads, o->cancellable, o->reporter, error))
        return NULL;
    guint n_problems = leuko_catalog_n_unreadable(c);
    for (guint i = 0; n_problems > 0 && i < c->items->len; i++) {
        const LeukoItem *item = c->items->pdata[i];
        if (!item->problem)
            continue;
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s (%u of %u images cannot be read; `leuko check` lists them)", item->problem,
                    n_problems, c->items->len);
        return NULL;
    }
    return g_steal_pointer(&c);
}

gboolean leuko_sort(const char *path, const char *out, const LeukoSortOptions *options,
                    LeukoSortResult *result, GError **error)
{
    *result = (LeukoSortResult){0};
    if (!check_options(options, error))
        return FALSE;
    g_autoptr(LeukoStage) stage = leuko_stage_new(out, error);
    g_autoptr(LeukoCatalog) catalog = stage ? read_images(path, options, error) : NULL;
    if (!catalog)
        return FALSE;
    g_autofree guint *unit = g_new(guint, catalog->items->len);
    g_autofree gint *split = g_new0(gint, catalog->items->len);
    Plan plan = {catalog, options, unit, split, result};
    find_units(&plan);
    if (!divide(&plan, error))
        return FALSE;
    assign_copies(&plan);
    count(&plan);
    gboolean ok = leuko_sort_write(catalog, split, options, leuko_stage_path(stage), error) &&
                  leuko_stage_commit(stage, error);
    return ok || leuko_stage_fail(stage, error);
}
