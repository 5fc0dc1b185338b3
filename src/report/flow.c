#include "report/flow.h"
#include "base/csv.h"
#include "base/json.h"
#include <string.h>

/* --- what sorting wrote --------------------------------------------------------------------- */

typedef struct {
    guint images, copies;
    GHashTable *groups; /* a set of strings */
    json_t *classes;    /* {CLASS: images} */
} Split;

static void split_free(gpointer data)
{
    Split *s = data;
    g_hash_table_unref(s->groups);
    json_decref(s->classes);
    g_free(s);
}

static Split *find_split(GHashTable *splits, const char *name)
{
    Split *s = g_hash_table_lookup(splits, name);
    if (!s) {
        s = g_new0(Split, 1);
        s->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        s->classes = json_object();
        g_hash_table_insert(splits, g_strdup(name), s);
    }
    return s;
}

/* The splits of split.csv by name; NULL: no table, or another one. */
static GHashTable *load_splits(const char *folder)
{
    g_autofree gchar *path = g_build_filename(folder, "split.csv", NULL);
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, NULL);
    gint file = csv ? leuko_csv_column(csv, "file", NULL) : -1,
         class = csv ? leuko_csv_column(csv, "class", NULL) : -1,
         group = csv ? leuko_csv_column(csv, "group", NULL) : -1,
         source = csv ? leuko_csv_column(csv, "source", NULL) : -1,
         split = csv ? leuko_csv_column(csv, "split", NULL) : -1;
    if (MIN(MIN(file, class), MIN(MIN(group, source), split)) < 0)
        return NULL;
    GHashTable *splits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, split_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* sources */
    for (guint i = 0; i < leuko_csv_n_rows(csv); i++) {
        Split *s = find_split(splits, leuko_csv_get(csv, i, split));
        const char *name = leuko_csv_get(csv, i, class), *own = leuko_csv_get(csv, i, group);
        s->images++;
        if (!g_hash_table_add(seen, (gpointer)leuko_csv_get(csv, i, source)))
            s->copies++;
        if (*own)
            g_hash_table_add(s->groups, g_strdup(own));
        json_object_set_new(
            s->classes, name,
            json_integer(json_integer_value(json_object_get(s->classes, name)) + 1));
    }
    return splits;
}

static guint groups_in_two(GHashTable *splits)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) twice = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter each_split, each_group;
    gpointer split, group;
    g_hash_table_iter_init(&each_split, splits);
    while (g_hash_table_iter_next(&each_split, NULL, &split)) {
        g_hash_table_iter_init(&each_group, ((Split *)split)->groups);
        while (g_hash_table_iter_next(&each_group, &group, NULL))
            if (!g_hash_table_add(seen, group))
                g_hash_table_add(twice, group);
    }
    return g_hash_table_size(twice);
}

static json_t *splits_json(GHashTable *splits)
{
    static const char *const names[] = {"train", "validation", "test"};
    json_t *list = json_array();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const Split *s = g_hash_table_lookup(splits, names[i]);
        if (s)
            json_array_append_new(
                list, json_pack("{s:s, s:i, s:i, s:i, s:O}", "split", names[i], "images",
                                (int)s->images, "copies", (int)s->copies, "groups",
                                (int)g_hash_table_size(s->groups), "classes", s->classes));
    }
    return list;
}

/* --- files that were left out --------------------------------------------------------------- */

static void count_reason(GHashTable *reasons, const char *reason)
{
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(reasons, reason));
    g_hash_table_insert(reasons, g_strdup(reason), GUINT_TO_POINTER(n + 1));
}

static gint most_first(gconstpointer a, gconstpointer b, gpointer reasons)
{
    guint x = GPOINTER_TO_UINT(g_hash_table_lookup(reasons, a)),
          y = GPOINTER_TO_UINT(g_hash_table_lookup(reasons, b));
    return x != y ? (x < y ? 1 : -1) : strcmp(a, b);
}

static json_t *reasons_json(GHashTable *reasons)
{
    json_t *list = json_array();
    guint n_all = 0;
    GList *names = g_list_sort_with_data(g_hash_table_get_keys(reasons),
                                         (GCompareDataFunc)most_first, reasons);
    for (GList *l = names; l; l = l->next) {
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(reasons, l->data));
        n_all += n;
        json_array_append_new(
            list, json_pack("{s:o, s:i}", "reason", leuko_json_text(l->data), "files", (int)n));
    }
    g_list_free(names);
    return json_pack("{s:i, s:o}", "files", (int)n_all, "reasons", list);
}

/* The rows of excluded.csv by reason; null: no table. */
static json_t *load_excluded(const char *folder)
{
    g_autofree gchar *path = g_build_filename(folder, "excluded.csv", NULL);
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, NULL);
    gint reason = csv ? leuko_csv_column(csv, "reason", NULL) : -1;
    if (reason < 0)
        return json_null();
    g_autoptr(GHashTable) reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < leuko_csv_n_rows(csv); i++)
        count_reason(reasons, leuko_csv_get(csv, i, reason));
    return reasons_json(reasons);
}

static json_t *skipped_json(const LeukoDataset *dataset)
{
    g_autoptr(GHashTable) reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < leuko_dataset_n_skipped(dataset); i++) {
        const char *reason = NULL;
        leuko_dataset_skipped(dataset, i, &reason);
        count_reason(reasons, reason ? reason : "skipped");
    }
    return reasons_json(reasons);
}

/* --- the whole way -------------------------------------------------------------------------- */

static void add_sorted(json_t *flow, const char *path)
{
    g_autoptr(GHashTable) splits = load_splits(path);
    json_t *excluded = load_excluded(path);
    guint n_images = 0;
    GHashTableIter each;
    gpointer split;
    if (splits) {
        g_hash_table_iter_init(&each, splits);
        while (g_hash_table_iter_next(&each, NULL, &split))
            n_images += ((Split *)split)->images;
    }
    guint n_excluded = (guint)json_integer_value(json_object_get(excluded, "files"));
    gboolean whole = splits && !json_is_null(excluded);
    json_object_set_new(flow, "files",
                        whole ? json_integer((json_int_t)n_images + n_excluded) : json_null());
    json_object_set_new(flow, "excluded", excluded);
    json_object_set_new(flow, "splits", splits ? splits_json(splits) : json_null());
    json_object_set_new(flow, "groups_in_two_splits",
                        splits ? json_integer(groups_in_two(splits)) : json_null());
    if (!whole)
        json_object_set_new(flow, "note",
                            json_string("split.csv or excluded.csv of sorting is missing or "
                                        "cannot be read: the steps before are not known"));
}

static void add_folder(json_t *flow, const LeukoReportAnswers *a, const char *split)
{
    const LeukoDataset *d = a->dataset;
    guint n = leuko_dataset_n_records(d) + leuko_dataset_n_skipped(d);
    json_object_set_new(flow, "files", split ? json_null() : json_integer(n));
    json_object_set_new(flow, "excluded", skipped_json(d));
    json_object_set_new(flow, "splits", json_null());
    json_object_set_new(flow, "groups_in_two_splits", json_null());
    if (split)
        json_object_set_new(flow, "note",
                            json_string("the folder has other splits, which were not opened"));
}

json_t *leuko_report_flow_json(const LeukoReportAnswers *a, const char *split, guint n_groups)
{
    json_t *flow = json_object();
    if (leuko_dataset_layout(a->dataset))
        add_folder(flow, a, split);
    else
        add_sorted(flow, leuko_dataset_path(a->dataset));
    json_object_set_new(flow, "evaluated",
                        json_pack("{s:o, s:i, s:i, s:o}", "split",
                                  split ? leuko_json_text(split) : json_null(), "images", (int)a->n,
                                  "groups", (int)n_groups, "classes",
                                  leuko_report_class_counts_json(a)));
    json_object_set_new(flow, "decisions", leuko_report_decisions_json(a));
    return flow;
}

json_t *leuko_report_ledger_json(const char *path, guint most)
{
    g_autofree gchar *file = g_build_filename(path, "ledger.jsonl", NULL), *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, NULL))
        return json_null();
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    guint n = g_strv_length(lines);
    json_t *list = json_array();
    for (guint i = n > most ? n - most : 0; i < n; i++) {
        json_t *entry = leuko_json_parse(lines[i], strlen(lines[i]), "ledger.jsonl", NULL);
        if (entry)
            json_array_append_new(list, entry);
    }
    return list;
}
