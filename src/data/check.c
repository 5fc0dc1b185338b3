#include "leuko/check.h"
#include "base/error.h"
#include "base/file-names.h"
#include "base/json.h"
#include "base/plural.h"
#include "base/progress.h"
#include "data/catalog-leaks.h"
#include "data/duplicates.h"
#include "data/group-summary.h"
#include "data/inspect.h"
#include "data/oddities.h"
#include "data/shard-catalog.h"
#include "data/small-data.h"
#include "leuko/error.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    LeukoCheckReport report; /* first: the caller holds its address */
    LeukoCatalog *catalog;   /* owns the files, the class names and the reasons */
    LeukoCheckClass *classes;
    LeukoCheckFile *unreadable, *skipped;
    gchar *skipped_by, *groups;
    LeukoDuplicates *found;
    LeukoLeaks *leaks;
    GPtrArray *leak_lines; /* of gchar * */
    LeukoCheckCluster *clusters;
    const char **files; /* of the clusters, as `distances` */
    guint *distances;
    GPtrArray *odd; /* of LeukoOddity */
    LeukoCheckOddity *oddities;
} Check;

LeukoCheckOptions leuko_check_options_default(void) { return (LeukoCheckOptions){.n_threads = 1}; }

static int by_value(const void *a, const void *b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return (x > y) - (x < y);
}

static void describe_sides(LeukoCheckClass *k, GArray *sides)
{
    k->n_readable = sides->len;
    if (sides->len == 0)
        return;
    qsort(sides->data, sides->len, sizeof(guint), by_value);
    k->side_min = g_array_index(sides, guint, 0);
    k->side_median = g_array_index(sides, guint, sides->len / 2);
    k->side_max = g_array_index(sides, guint, sides->len - 1);
}

static void describe_class(LeukoCheckClass *k, const LeukoCatalog *c, gint label)
{
    g_autoptr(GArray) sides = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GHashTable) groups = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) formats = g_ptr_array_new();
    k->name = label < 0 ? "" : c->classes[label];
    for (guint i = 0; i < c->items->len; i++) {
        const LeukoItem *item = leuko_catalog_item(c, i);
        if (item->label != label)
            continue;
        k->n_images++;
        k->n_copies += item->is_copy ? 1 : 0;
        g_hash_table_add(groups, item->group);
        if (item->format &&
            !g_ptr_array_find_with_equal_func(formats, item->format, g_str_equal, NULL))
            g_ptr_array_add(formats, (gpointer)item->format);
        guint side = MIN(item->width, item->height);
        if (!item->problem)
            g_array_append_val(sides, side);
    }
    k->n_groups = c->has_groups ? g_hash_table_size(groups) : 0;
    describe_sides(k, sides);
    g_ptr_array_sort(formats, leuko_compare_names);
    g_ptr_array_add(formats, NULL);
    k->formats = (const char *const *)g_ptr_array_free(g_steal_pointer(&formats), FALSE);
}

static void list_unreadable(Check *check)
{
    const LeukoCatalog *c = check->catalog;
    check->unreadable = g_new0(LeukoCheckFile, leuko_catalog_n_unreadable(c) + 1);
    for (guint i = 0; i < c->items->len; i++)
        if (leuko_catalog_item(c, i)->problem)
            check->unreadable[check->report.n_unreadable++] =
                (LeukoCheckFile){leuko_catalog_item(c, i)->file, leuko_catalog_item(c, i)->problem};
}

static void list_skipped(Check *check)
{
    const GPtrArray *skipped = check->catalog->layout->walk->skipped;
    check->skipped = g_new0(LeukoCheckFile, skipped->len + 1);
    check->report.n_skipped = skipped->len;
    for (guint i = 0; i < skipped->len; i++) {
        const LeukoSkipped *s = skipped->pdata[i];
        check->skipped[i] = (LeukoCheckFile){s->path, leuko_skipped_text(s)};
    }
    check->skipped_by = leuko_walk_describe_skipped(check->catalog->layout->walk);
    check->report.skipped_by = check->skipped_by;
}

static void describe_cluster(Check *check, guint cluster)
{
    const LeukoDuplicates *d = check->found;
    guint start = d->starts[cluster];
    const LeukoItem *first = leuko_catalog_item(check->catalog, d->items[start]);
    LeukoCheckCluster *out = &check->clusters[cluster];
    *out = (LeukoCheckCluster){.files = check->files + start,
                               .distances = check->distances + start,
                               .n_files = d->starts[cluster + 1] - start,
                               .same_bytes = TRUE};
    for (guint i = start; i < d->starts[cluster + 1]; i++) {
        const LeukoItem *item = leuko_catalog_item(check->catalog, d->items[i]);
        check->files[i] = item->file;
        check->distances[i] = leuko_duplicates_distance(first, item);
        out->same_bytes = out->same_bytes && strcmp(first->sha256, item->sha256) == 0;
        out->across_classes = out->across_classes || first->label != item->label;
    }
}

static gboolean list_duplicates(Check *check, const LeukoCheckOptions *o, GError **error)
{
    LeukoCheckReport *r = &check->report;
    LeukoDuplicates *d = check->found = leuko_catalog_find_duplicates(
        check->catalog, o->n_threads, o->cancellable, o->reporter, error);
    if (!d)
        return FALSE;
    check->clusters = g_new0(LeukoCheckCluster, d->n_clusters + 1);
    check->files = g_new0(const char *, d->starts[d->n_clusters] + 1);
    check->distances = g_new0(guint, d->starts[d->n_clusters] + 1);
    for (guint k = 0; k < d->n_clusters; k++) {
        describe_cluster(check, k);
        r->n_across_classes += check->clusters[k].across_classes ? 1 : 0;
    }
    r->n_clusters = d->n_clusters;
    r->n_duplicates = d->starts[d->n_clusters] - d->n_clusters;
    r->n_same_bytes = d->n_same_bytes;
    r->n_same_image = d->n_same_image;
    return TRUE;
}

static gboolean list_leaks(Check *check, const LeukoCheckOptions *o, GError **error)
{
    LeukoCheckReport *r = &check->report;
    check->leaks = leuko_catalog_find_leaks(check->catalog, check->found);
    check->leak_lines = g_ptr_array_new_with_free_func(g_free);
    if (!leuko_leaks_allow(check->leaks, o->allow_leaks, error))
        return FALSE;
    r->n_leaks = check->leaks->leaks->len;
    for (guint i = 0; i < r->n_leaks; i++)
        g_ptr_array_add(check->leak_lines, leuko_leak_describe(check->leaks, i));
    r->leaks = (const char *const *)check->leak_lines->pdata;
    return TRUE;
}

static void list_oddities(Check *check)
{
    LeukoCheckReport *r = &check->report;
    check->odd = leuko_catalog_find_oddities(check->catalog);
    r->n_oddities = check->odd->len;
    check->oddities = g_new0(LeukoCheckOddity, check->odd->len + 1);
    for (guint i = 0; i < check->odd->len; i++) {
        const LeukoOddity *o = check->odd->pdata[i];
        check->oddities[i] =
            (LeukoCheckOddity){o->what, (const char *const *)o->files->pdata, o->files->len};
    }
    r->oddities = check->oddities;
}

static LeukoCatalog *open_catalog(const char *path, const LeukoFolderOptions *folder,
                                  LeukoReporter reporter, GError **error)
{
    if (!leuko_shard_catalog_exists(path))
        return leuko_catalog_new(path, folder, error);
    if (folder->group_by || folder->group_by_path || folder->groups || folder->labels ||
        folder->layout || folder->labels_from_names || folder->classes) {
        leuko_fail(LEUKO_ERROR_ARGUMENT, error,
                   "%s: holds shards, which have their classes and groups already; the layout, "
                   "labels and groups cannot be set",
                   path);
        return NULL;
    }
    return leuko_shard_catalog_new(path, reporter, error);
}

LeukoCheckReport *leuko_check_folder(const char *path, const LeukoCheckOptions *options,
                                     GError **error)
{
    LeukoFolderOptions folder = options->folder;
    folder.class_is_optional = TRUE;
    g_autoptr(LeukoCatalog) c = open_catalog(path, &folder, options->reporter, error);
    if (!c || !leuko_catalog_inspect(c, options->n_threads, options->cancellable, options->reporter,
                                     error))
        return NULL;
    leuko_catalog_report_small(c, options->reporter);
    Check *check = g_new0(Check, 1);
    LeukoCheckReport *r = &check->report;
    check->classes = g_new0(LeukoCheckClass, MAX(c->n_classes, 1));
    for (guint k = 0; k < MAX(c->n_classes, 1); k++)
        describe_class(&check->classes[k], c, c->n_classes ? (gint)k : -1);
    r->path = c->root;
    r->layout = c->text;
    r->n_files = leuko_catalog_n_files(c);
    r->n_images = c->items->len;
    r->n_classes = c->n_classes;
    r->has_groups = c->has_groups;
    r->has_copies = c->has_copies;
    r->has_splits = c->has_splits;
    check->catalog = g_steal_pointer(&c);
    check->groups = leuko_group_summary(check->catalog);
    r->groups = check->groups;
    list_unreadable(check);
    list_skipped(check);
    r->classes = check->classes;
    if (!list_duplicates(check, options, error) || !list_leaks(check, options, error)) {
        leuko_check_report_free(r);
        return NULL;
    }
    list_oddities(check);
    r->passes = r->n_unreadable == 0 && r->n_clusters == 0 && r->n_oddities == 0 && r->n_leaks == 0;
    r->unreadable = check->unreadable;
    r->skipped = check->skipped;
    r->clusters = check->clusters;
    return r;
}

void leuko_check_report_free(LeukoCheckReport *report)
{
    Check *check = (Check *)report;
    if (!check)
        return;
    for (guint k = 0; k < MAX(report->n_classes, 1); k++)
        g_free((gpointer)check->classes[k].formats);
    g_free(check->classes);
    g_free(check->unreadable);
    g_free(check->skipped);
    g_free(check->skipped_by);
    g_free(check->groups);
    leuko_leaks_free(check->leaks);
    g_clear_pointer(&check->leak_lines, g_ptr_array_unref);
    leuko_duplicates_free(check->found);
    g_free(check->clusters);
    g_free(check->files);
    g_free(check->distances);
    g_free(check->oddities);
    g_clear_pointer(&check->odd, g_ptr_array_unref);
    leuko_catalog_free(check->catalog);
    g_free(check);
}

static json_t *file_item(gconstpointer owner, guint index)
{
    const LeukoCheckFile *file = (const LeukoCheckFile *)owner + index;
    return json_pack("{s:o, s:o}", "file", leuko_json_text(file->file), "why",
                     leuko_json_text(file->reason));
}

static json_t *cluster_item(gconstpointer owner, guint index)
{
    const LeukoCheckCluster *cluster = (const LeukoCheckCluster *)owner + index;
    json_t *files = json_array(), *bits = json_array();
    for (guint i = 0; i < cluster->n_files; i++) {
        json_array_append_new(files, leuko_json_text(cluster->files[i]));
        json_array_append_new(bits, json_integer(cluster->distances[i]));
    }
    return json_pack("{s:o, s:b, s:b, s:o}", "files", files, "same_bytes", cluster->same_bytes,
                     "across_classes", cluster->across_classes, "bits_apart", bits);
}

static json_t *oddity_item(gconstpointer owner, guint index)
{
    const LeukoCheckOddity *oddity = (const LeukoCheckOddity *)owner + index;
    json_t *files = json_array();
    for (guint i = 0; i < oddity->n_files; i++)
        json_array_append_new(files, leuko_json_text(oddity->files[i]));
    return json_pack("{s:o, s:o}", "what", leuko_json_text(oddity->what), "files", files);
}

static json_t *leak_item(gconstpointer owner, guint index)
{
    return leuko_leak_to_json(owner, index);
}

gboolean leuko_check_report_save(const LeukoCheckReport *r, const char *path, GError **error)
{
    json_t *classes = json_object();
    for (guint k = 0; k < r->n_classes; k++)
        json_object_set_new(classes, r->classes[k].name, json_integer(r->classes[k].n_images));
    json_t *pairs = json_pack("{s:I, s:I}", "same_bytes", (json_int_t)r->n_same_bytes, "same_image",
                              (json_int_t)r->n_same_image);
    g_autoptr(json_t) json =
        json_pack("{s:o, s:i, s:i, s:o, s:[], s:[], s:o, s:[], s:[], s:[]}", "layout",
                  leuko_json_text(r->layout), "files", (int)r->n_files, "images", (int)r->n_images,
                  "classes", classes, "unreadable", "skipped", "duplicate_pairs", pairs,
                  "duplicates", "oddities", "leaks");
    const LeukoJsonList lists[] = {{"unreadable", r->n_unreadable, file_item, r->unreadable},
                                   {"skipped", r->n_skipped, file_item, r->skipped},
                                   {"duplicates", r->n_clusters, cluster_item, r->clusters},
                                   {"oddities", r->n_oddities, oddity_item, r->oddities},
                                   {"leaks", r->n_leaks, leak_item, ((const Check *)r)->leaks}};
    return leuko_json_save_lists(json, lists, G_N_ELEMENTS(lists), path, error);
}
