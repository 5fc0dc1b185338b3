#include "base/error.h"
#include "base/outputs.h"
#include "base/plural.h"
#include "base/progress.h"
#include "base/stage.h"
#include "base/union-find.h"
#include "data/divide.h"
#include "data/duplicates.h"
#include "data/group-summary.h"
#include "data/inspect.h"
#include "data/oddities.h"
#include "data/shard-write.h"
#include "data/small-data.h"
#include "data/sort-plan.h"
#include "leuko/error.h"
#include "leuko/sort.h"
#include <string.h>

LeukoSortOptions leuko_sort_options_default(void)
{
    return (LeukoSortOptions){
        .validation = 0.3, .prefix = "AML", .n_shards = 10, .seed = 50, .n_threads = 1};
}

void leuko_sort_result_clear(LeukoSortResult *r)
{
    g_clear_pointer(&r->classes, g_strfreev);
    g_clear_pointer(&r->counts, g_free);
    g_clear_pointer(&r->originals, g_free);
    g_clear_pointer(&r->layout, g_free);
    g_clear_pointer(&r->skipped, g_free);
    g_clear_pointer(&r->groups, g_free);
    g_clear_pointer(&r->shares, g_strfreev);
}

typedef LeukoSortPlan Plan;

/* Number the images by group, or by source where groups are not known: the number is the index of
 * the first image with that key. */
static void number_units(Plan *p)
{
    g_autoptr(GHashTable) first = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < p->catalog->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(p->catalog, i);
        const char *key = p->catalog->has_groups ? item->group : item->source;
        if (!g_hash_table_contains(first, key))
            g_hash_table_insert(first, (gpointer)key, GUINT_TO_POINTER(i));
        p->unit[i] = GPOINTER_TO_UINT(g_hash_table_lookup(first, key));
    }
}

static void leave_out(Plan *p, guint i, const char *why)
{
    p->split[i] = LEUKO_LEFT_OUT;
    p->why[i] = why;
}

/* Leave out the images of these sources, with their copies. */
static void leave_out_sources(Plan *p, GHashTable *sources)
{
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (g_hash_table_contains(sources, leuko_catalog_item(p->catalog, i)->source)) {
            leave_out(p, i, "the same image in two classes");
            p->result->n_conflicts += !leuko_catalog_item(p->catalog, i)->is_copy;
        }
}

static void leave_out_unreadable(Plan *p)
{
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (leuko_catalog_item(p->catalog, i)->problem)
            leave_out(p, i, leuko_skip_reason_text(LEUKO_SKIP_BROKEN));
}

/* Join the units of a cluster; leave its images out where they have different classes. */
static void join_cluster(Plan *p, guint cluster, guint *parents, GHashTable *conflicts)
{
    const guint *items = p->duplicates->items + p->duplicates->starts[cluster];
    guint n = p->duplicates->starts[cluster + 1] - p->duplicates->starts[cluster];
    const LeukoItem *first = leuko_catalog_item(p->catalog, items[0]), *other = NULL;
    for (guint i = 1; i < n; i++) {
        leuko_union_join(parents, p->unit[items[0]], p->unit[items[i]]);
        if (!other && leuko_catalog_item(p->catalog, items[i])->label != first->label)
            other = leuko_catalog_item(p->catalog, items[i]);
    }
    if (!other)
        return;
    leuko_report_line(p->options->reporter, "reading",
                      "left out, the same image in two classes: %s and %s%s", first->file,
                      other->file, n > 2 ? ", with their duplicates" : "");
    for (guint i = 0; i < n; i++)
        g_hash_table_add(conflicts, leuko_catalog_item(p->catalog, items[i])->source);
}

static void join_duplicates(Plan *p)
{
    guint n = p->catalog->items->len;
    g_autofree guint *parents = g_new(guint, n);
    g_autoptr(GHashTable) conflicts = g_hash_table_new(g_str_hash, g_str_equal); /* sources */
    for (guint i = 0; i < n; i++)
        parents[i] = i;
    for (guint k = 0; k < p->duplicates->n_clusters; k++)
        join_cluster(p, k, parents, conflicts);
    p->result->n_duplicates = p->duplicates->n_clusters;
    for (guint i = 0; i < n; i++)
        p->unit[i] = leuko_union_find(parents, p->unit[i]);
    leave_out_sources(p, conflicts);
}

/* Find the units of the groups that the caller named for the test split. */
static gboolean take_test_groups(Plan *p, GHashTable *test_units, GError **error)
{
    if (!p->options->test_groups)
        return TRUE;
    if (!p->catalog->has_groups) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "test groups were named, but the groups of the images are not known");
        return FALSE;
    }
    g_auto(GStrv) names = g_strsplit(p->options->test_groups, ",", -1);
    for (guint g = 0; names[g]; g++) {
        gboolean found = FALSE;
        g_strstrip(names[g]);
        for (guint i = 0; i < p->catalog->items->len; i++)
            if (strcmp(leuko_catalog_item(p->catalog, i)->group, names[g]) == 0) {
                g_hash_table_add(test_units, GUINT_TO_POINTER(p->unit[i]));
                found = TRUE;
            }
        if (!found) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "%s: has no group \"%s\", which was named for the test split",
                        p->catalog->root, names[g]);
            return FALSE;
        }
    }
    return TRUE;
}

/* " (P01, P02)": the first five groups of a class outside the test split; "" without groups. */
static gchar *list_groups(const Plan *p, gint label)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) names = g_string_new(NULL);
    if (!p->catalog->has_groups)
        return g_strdup("");
    for (guint i = 0; i < p->catalog->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(p->catalog, i);
        if (item->label == label && p->split[i] >= 0 && p->split[i] != LEUKO_TEST &&
            g_hash_table_add(seen, item->group) && g_hash_table_size(seen) <= 5)
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", item->group);
    }
    return g_strdup_printf(" (%s)", names->str);
}

/* Say that class k has too few units for the splits, and what would help. */
static void refuse_units(const Plan *p, guint k, guint n_units, guint n_splits, GError **error)
{
    const char *root = p->catalog->root, *name = p->catalog->classes[k];
    if (n_units == 0 && p->options->test_groups) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: every image of class \"%s\" belongs to the groups named for the test "
                    "split (%s), so none is left for training; name fewer groups, or ask for a "
                    "test split only",
                    root, name, p->options->test_groups);
        return;
    }
    g_autofree gchar *groups = list_groups(p, (gint)k);
    const char *advice = !p->catalog->has_groups   ? ""
                         : p->options->test_groups ? " or name fewer groups for the test split"
                                                   : " or name the groups of the test split";
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: class \"%s\" has %u separate %s%s%s for %u %s; ask for fewer splits%s%s", root,
                name, n_units,
                p->catalog->has_groups ? LEUKO_PLURAL(n_units, "group")
                                       : LEUKO_PLURAL(n_units, "image"),
                groups, p->options->test_groups ? " outside the test split" : "", n_splits,
                LEUKO_PLURAL(n_splits, "split"), *advice ? "," : "", advice);
}

/* Every class must have at least one unit for every split. */
static gboolean has_enough_units(const Plan *p, const guint *units, const gint *labels, gsize n,
                                 guint n_splits, GError **error)
{
    for (guint k = 0; k < p->catalog->n_classes; k++) {
        guint n_units = leuko_divide_count_units(units, labels, n, (gint)k);
        if (n_units >= n_splits)
            continue;
        refuse_units(p, k, n_units, n_splits, error);
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
        if (leuko_catalog_item(p->catalog, i)->is_copy || p->split[i] < 0)
            continue;
        if (g_hash_table_contains(test_units, GUINT_TO_POINTER(p->unit[i]))) {
            p->split[i] = LEUKO_TEST;
            continue;
        }
        units[n] = p->unit[i];
        labels[n] = leuko_catalog_item(p->catalog, i)->label;
        which[n++] = i;
    }
    double test = o->test_groups ? 0 : o->test;
    const double shares[LEUKO_N_SPLITS] = {1 - o->validation - test, o->validation, test};
    guint n_splits =
        (shares[0] > 0 ? 1u : 0u) + (o->validation > 0 ? 1u : 0u) + (test > 0 ? 1u : 0u);
    if (!has_enough_units(p, units, labels, n, n_splits, error))
        return FALSE;
    leuko_divide(units, labels, n, p->catalog->n_classes, shares, LEUKO_N_SPLITS, o->seed, part);
    for (guint i = 0; i < n; i++)
        p->split[which[i]] = (gint)part[i];
    return TRUE;
}

/* A copy follows its unit into training; a copy of a validation or test image is left out. A copy
 * without an original in the folder goes to training, unless its group is in another split. */
static void assign_copies(Plan *p)
{
    g_autoptr(GHashTable) split_of = g_hash_table_new(NULL, NULL); /* unit -> split + 1 */
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (!leuko_catalog_item(p->catalog, i)->is_copy && p->split[i] >= 0)
            g_hash_table_insert(split_of, GUINT_TO_POINTER(p->unit[i]),
                                GINT_TO_POINTER(p->split[i] + 1));
    for (guint i = 0; i < p->catalog->items->len; i++) {
        if (!leuko_catalog_item(p->catalog, i)->is_copy || p->split[i] < 0)
            continue;
        gint split =
            GPOINTER_TO_INT(g_hash_table_lookup(split_of, GUINT_TO_POINTER(p->unit[i]))) - 1;
        if (split <= LEUKO_TRAIN) {
            p->split[i] = LEUKO_TRAIN;
            continue;
        }
        leave_out(p, i, "augmented copy of a validation or test image");
        p->result->n_copies_left_out++;
    }
}

static void count_images(Plan *p)
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
            const LeukoItem *item = leuko_catalog_item(p->catalog, i);
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
    gboolean trains = o->validation + o->test < 1 || (o->test == 1 && o->validation == 0);
    if (o->validation >= 0 && o->test >= 0 && trains && o->n_shards >= 1 && o->n_shards <= 99999 &&
        o->prefix && *o->prefix && !strchr(o->prefix, '/'))
        return TRUE;
    g_set_error(
        error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
        "validation %g and test %g must be at least 0 and together below 1, or test 1 alone; "
        "shards %u must be 1 to 99999; prefix \"%s\" must be a file name without \"/\"",
        o->validation, o->test, o->n_shards, o->prefix ? o->prefix : "");
    return FALSE;
}

/* FALSE with the first unreadable image and the counts. */
static gboolean refuse_unreadable(const LeukoCatalog *c, guint n_problems, GError **error)
{
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = c->items->pdata[i];
        if (!item->problem)
            continue;
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s (%u of %u %s unreadable)",
                    item->problem, n_problems, c->items->len, LEUKO_PLURAL(c->items->len, "image"));
        break;
    }
    return FALSE;
}

static void describe_files(const LeukoCatalog *c, LeukoSortResult *r)
{
    r->layout = g_strdup(c->text);
    r->groups = leuko_group_summary(c);
    r->skipped = leuko_walk_describe_skipped(c->layout->walk);
    r->n_files = leuko_catalog_n_files(c);
    r->has_groups = c->has_groups;
    r->is_divided = c->has_splits;
    r->n_skipped = c->layout->walk->skipped->len;
    r->n_unreadable = leuko_catalog_n_unreadable(c);
}

static LeukoCatalog *read_images(const char *path, const LeukoSortOptions *o, LeukoSortResult *r,
                                 GError **error)
{
    g_autoptr(LeukoCatalog) c = leuko_catalog_new(path, &o->folder, error);
    if (!c)
        return NULL;
    if (c->n_classes < 2) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s: has only one class, \"%s\"; a classifier needs at least two classes", path,
                    c->classes[0]);
        return NULL;
    }
    for (guint k = 0; k < c->n_classes; k++)
        if (strpbrk(c->classes[k], "\r\n")) { /* Labels.txt has a line for each */
            leuko_fail(LEUKO_ERROR_DATA, error,
                       "%s: class \"%s\" has a line end in its name; rename it", path,
                       c->classes[k]);
            return NULL;
        }
    if (o->resplit && !c->has_splits) {
        r->n_files = leuko_catalog_n_files(c);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: its folders give no splits, so that dividing anew has no meaning", path);
        return NULL;
    }
    c->wants_fingerprints = TRUE; /* for the shards */
    if (!leuko_catalog_inspect(c, o->n_threads, o->cancellable, o->reporter, error))
        return NULL;
    describe_files(c, r);
    for (guint i = 0; o->skip_unreadable && i < c->items->len; i++) {
        const LeukoItem *item = c->items->pdata[i];
        if (item->problem)
            leuko_report_line(o->reporter, "reading", "skipped: %s", item->problem);
    }
    if (r->n_unreadable == c->items->len || (r->n_unreadable > 0 && !o->skip_unreadable)) {
        refuse_unreadable(c, r->n_unreadable, error);
        return NULL;
    }
    return g_steal_pointer(&c);
}

/* Splits of folders may leave the training split without a class. */
static void report_untrained(const Plan *p)
{
    const LeukoSortResult *r = p->result;
    guint n_training = 0;
    for (guint k = 0; k < r->n_classes; k++)
        n_training += r->counts[k];
    for (guint k = 0; k < r->n_classes && n_training > 0; k++)
        if (r->counts[k] == 0)
            leuko_report_line(p->options->reporter, "sorting",
                              "WARNING: %s: class \"%s\" has no training image, so that nothing "
                              "can be trained on these shards",
                              p->catalog->root, r->classes[k]);
}

static gboolean write_all(const Plan *p, const char *folder, GError **error)
{
    const LeukoSortOptions *o = p->options;
    const LeukoShardOptions shards = {o->prefix, o->n_shards, o->seed, o->cancellable, o->reporter};
    return leuko_shards_write(p->catalog, p->split, &shards, folder, error) &&
           leuko_sort_write_excluded(p, folder, error) && leuko_sort_save_options(p, folder, error);
}

gboolean leuko_sort(const char *path, const char *out, const LeukoSortOptions *options,
                    LeukoSortResult *result, GError **error)
{
    *result = (LeukoSortResult){0};
    if (!check_options(options, error) || !leuko_output_check(out, path, error))
        return FALSE;
    g_autoptr(LeukoStage) stage = leuko_stage_new(out, error);
    g_autoptr(LeukoCatalog) catalog = stage ? read_images(path, options, result, error) : NULL;
    if (!catalog)
        return FALSE;
    g_autofree guint *unit = g_new(guint, catalog->items->len);
    g_autofree gint *split = g_new0(gint, catalog->items->len);
    g_autofree const char **why = g_new0(const char *, catalog->items->len);
    g_autoptr(LeukoDuplicates) duplicates = leuko_catalog_find_duplicates(
        catalog, options->n_threads, options->cancellable, options->reporter, error);
    if (!duplicates)
        return FALSE;
    Plan plan = {catalog, options, unit, split, why, duplicates, result};
    leave_out_unreadable(&plan);
    number_units(&plan);
    join_duplicates(&plan);
    if (catalog->has_splits && !options->resplit ? !leuko_sort_keep_splits(&plan, error)
                                                 : !divide(&plan, error))
        return FALSE;
    assign_copies(&plan);
    count_images(&plan);
    result->shares = leuko_sort_describe_shares(&plan);
    report_untrained(&plan);
    gboolean ok =
        write_all(&plan, leuko_stage_path(stage), error) && leuko_stage_commit(stage, error);
    if (!ok)
        return leuko_stage_fail(stage, error);
    leuko_catalog_report_small(catalog, options->reporter);
    leuko_catalog_report_oddities(catalog, options->reporter);
    return TRUE;
}
