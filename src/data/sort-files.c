#include "base/csv.h"
#include "base/durable.h"
#include "base/json.h"
#include "config.h"
#include "data/sort-plan.h"

static void add_row(GString *rows, const char *file, const char *reason)
{
    leuko_csv_append(rows, file);
    leuko_csv_append(rows, reason);
    leuko_csv_end_row(rows);
}

gboolean leuko_sort_write_excluded(const LeukoSortPlan *p, const char *folder, GError **error)
{
    const GPtrArray *skipped = p->catalog->layout->walk->skipped;
    g_autofree gchar *path = g_build_filename(folder, "excluded.csv", NULL);
    g_autoptr(GString) rows = g_string_new("file,reason\n");
    for (guint i = 0; i < skipped->len; i++) {
        const LeukoSkipped *s = skipped->pdata[i];
        add_row(rows, s->path, leuko_skipped_text(s));
    }
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (p->split[i] == LEUKO_LEFT_OUT)
            add_row(rows, ((const LeukoItem *)p->catalog->items->pdata[i])->file,
                    p->why[i] ? p->why[i] : "left out");
    return leuko_durable_set_contents(path, rows->str, rows->len, error);
}

static json_t *text_or_null(const char *text) { return text ? leuko_json_text(text) : json_null(); }

gboolean leuko_sort_save_options(const LeukoSortPlan *p, const char *folder, GError **error)
{
    const LeukoSortOptions *o = p->options;
    const LeukoFolderOptions *f = &o->folder;
    g_autofree gchar *path = g_build_filename(folder, "sort.json", NULL);
    g_autofree gchar *layout = leuko_pattern_text(&p->catalog->layout->pattern);
    g_autoptr(json_t) json = json_pack(
        "{s:s, s:I, s:f, s:f, s:o, s:o, s:b, s:s, s:i, s:s, s:o, s:b, s:b}", "leuko", LEUKO_VERSION,
        "seed", (json_int_t)o->seed, "validation", o->validation, "test", o->test, "test_groups",
        text_or_null(o->test_groups), "group_by", text_or_null(f->group_by), "groups_given",
        f->groups != NULL, "prefix", o->prefix, "shards", (int)o->n_shards, "layout", layout,
        "group_by_path", text_or_null(f->group_by_path), "labels_given", f->labels != NULL,
        "split_kept", p->result->split_kept);
    return leuko_json_save(json, path, error);
}
