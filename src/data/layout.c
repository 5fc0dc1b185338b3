#include "data/layout.h"
#include "base/error.h"
#include "leuko/error.h"
#include <string.h>

static LeukoLayout *layout_new(LeukoWalk *walk)
{
    LeukoLayout *layout = g_new0(LeukoLayout, 1);
    layout->files = g_ptr_array_new();
    layout->classes = g_ptr_array_new();
    layout->groups = g_ptr_array_new();
    layout->names = g_string_chunk_new(4096);
    layout->splits = g_array_new(FALSE, FALSE, sizeof(gint));
    layout->walk = walk;
    return layout;
}

void leuko_layout_free(LeukoLayout *layout)
{
    if (!layout)
        return;
    g_ptr_array_unref(layout->files);
    g_ptr_array_unref(layout->classes);
    g_ptr_array_unref(layout->groups);
    g_array_unref(layout->splits);
    g_string_chunk_free(layout->names);
    leuko_walk_free(layout->walk);
    g_free(layout);
}

/* The images whose paths are text; the others are recorded as skipped. */
static GPtrArray *take_text(LeukoWalk *walk)
{
    GPtrArray *files = g_ptr_array_new();
    for (guint i = 0; i < walk->files->len; i++) {
        char *file = walk->files->pdata[i];
        if (g_utf8_validate(file, -1, NULL))
            g_ptr_array_add(files, file);
        else
            leuko_walk_skip(walk, file, LEUKO_SKIP_NOT_UTF8, NULL);
    }
    return files;
}

/* Folders whose images are skipped for their names would be classes that vanish. */
static gboolean check_text(const LeukoWalk *walk, gboolean has_classes, GError **error)
{
    for (guint i = 0; has_classes && i < walk->skipped->len; i++) {
        const LeukoSkipped *s = walk->skipped->pdata[i];
        if (s->reason != LEUKO_SKIP_NOT_UTF8 || !strchr(s->path, '/'))
            continue;
        g_autofree gchar *shown = leuko_one_line(s->path);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s/%s: the file name is not UTF-8; rename the file", walk->root, shown);
        return FALSE;
    }
    return TRUE;
}

static char *keep_name(LeukoLayout *l, const char *name)
{
    return g_string_chunk_insert_const(l->names, name);
}

/* Add one image by its folders, or record it as skipped. FALSE: a folder is not named as its level
 * requires. */
static gboolean add_file(LeukoLayout *l, char *file, GError **error)
{
    const LeukoPattern *p = &l->pattern;
    g_auto(GStrv) parts = g_strsplit(file, "/", -1);
    guint depth = g_strv_length(parts) - 1;
    if (depth < p->n || (depth > p->n && !p->deeper)) {
        leuko_walk_skip(l->walk, file, depth < p->n ? LEUKO_SKIP_LAYOUT : LEUKO_SKIP_DEEPER, NULL);
        return TRUE;
    }
    gint at[] = {leuko_pattern_find(p, LEUKO_LEVEL_CLASS), leuko_pattern_find(p, LEUKO_LEVEL_GROUP),
                 leuko_pattern_find(p, LEUKO_LEVEL_SPLIT)};
    gint split = at[2] < 0 ? -1 : leuko_pattern_split(parts[at[2]]);
    if (at[2] >= 0 && split < 0) {
        g_autofree gchar *shown = leuko_one_line(file);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                    "%s/%s: the layout has a folder here named train, validation or test",
                    l->walk->root, shown);
        return FALSE;
    }
    g_ptr_array_add(l->files, file);
    g_ptr_array_add(l->classes, at[0] < 0 ? NULL : keep_name(l, parts[at[0]]));
    g_ptr_array_add(l->groups, at[1] < 0 ? NULL : keep_name(l, parts[at[1]]));
    g_array_append_val(l->splits, split);
    return TRUE;
}

static gboolean refuse_empty(const LeukoLayout *l, GError **error)
{
    g_autofree gchar *skipped = leuko_walk_describe_skipped(l->walk);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "%s: no images%s%s%s; a data set is one folder of images per class", l->walk->root,
                *skipped ? " (skipped: " : "", skipped, *skipped ? ")" : "");
    return FALSE;
}

static gboolean read_files(LeukoLayout *l, const char *pattern, gboolean classes_known,
                           GError **error)
{
    LeukoWalk *walk = l->walk;
    g_autoptr(GPtrArray) files = take_text(walk);
    if (!leuko_walk_refuse(walk, LEUKO_SKIP_INCOMPLETE, error))
        return FALSE;
    if (files->len == 0)
        return check_text(walk, TRUE, error) && refuse_empty(l, error);
    if (pattern ? !leuko_pattern_parse(pattern, &l->pattern, error)
                : !leuko_pattern_detect(walk->root, (const char *const *)files->pdata, files->len,
                                        classes_known, &l->pattern, error))
        return FALSE;
    if (!check_text(walk, leuko_pattern_find(&l->pattern, LEUKO_LEVEL_CLASS) >= 0, error))
        return FALSE;
    for (guint i = 0; i < files->len; i++)
        if (!add_file(l, files->pdata[i], error))
            return FALSE;
    return l->files->len > 0 || refuse_empty(l, error);
}

LeukoLayout *leuko_layout_read(const char *path, const char *pattern, gboolean classes_known,
                               GError **error)
{
    LeukoWalk *walk = leuko_walk_folder(path, LEUKO_WALK_MAX_DEPTH, error);
    if (!walk)
        return NULL;
    g_autoptr(LeukoLayout) layout = layout_new(walk);
    return read_files(layout, pattern, classes_known, error) ? g_steal_pointer(&layout) : NULL;
}

gchar *leuko_layout_describe(const LeukoLayout *l)
{
    static const char *const words[] = {"a folder per class", "a folder per group",
                                        "a folder per split", "a folder per fold", "a folder"};
    const LeukoPattern *p = &l->pattern;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < p->n; i++)
        g_string_append_printf(text, "%s%s", i ? ", in each " : "", words[p->levels[i]]);
    if (p->deeper)
        g_string_append(text, p->n ? ", in each images at any depth" : "images at any depth");
    else if (p->n == 0)
        g_string_append(text, "images in one folder");
    return g_string_free(text, FALSE);
}

/* The folder in DIR in which a path lies, or NULL. */
static gchar *top_folder(const char *path)
{
    const char *slash = strchr(path, '/');
    return slash ? g_strndup(path, (gsize)(slash - path)) : NULL;
}

static guint count_slashes(const char *path)
{
    guint n = 0;
    for (; *path; path++)
        n += *path == '/' ? 1 : 0;
    return n;
}

/* Remember all folders above a path. */
static void add_parents(GHashTable *folders, const char *path)
{
    for (const char *p = path; (p = strchr(p, '/')); p++)
        g_hash_table_add(folders, g_strndup(path, (gsize)(p - path)));
}

/* Folders on the level of classes without any file but hidden ones: classes that are missing. */
static void add_empty_classes(const LeukoLayout *l, GHashTable *told, GPtrArray *unused)
{
    gint level = leuko_pattern_find(&l->pattern, LEUKO_LEVEL_CLASS);
    g_autoptr(GHashTable) filled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; level >= 0 && i < l->files->len; i++)
        add_parents(filled, l->files->pdata[i]);
    for (guint i = 0; level >= 0 && i < l->walk->skipped->len; i++) {
        const LeukoSkipped *s = l->walk->skipped->pdata[i];
        if (!(s->reason & (LEUKO_SKIP_HIDDEN | LEUKO_SKIP_SYSTEM)))
            add_parents(filled, s->path);
    }
    for (guint i = 0; level >= 0 && i < l->walk->folders->len; i++) {
        const char *folder = l->walk->folders->pdata[i];
        if (count_slashes(folder) == (guint)level && !g_hash_table_contains(filled, folder) &&
            !g_hash_table_contains(told, folder))
            g_ptr_array_add(unused, g_strdup(folder));
    }
}

GPtrArray *leuko_layout_unused_folders(const LeukoLayout *l)
{
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *unused = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < l->files->len; i++) {
        gchar *top = top_folder(l->files->pdata[i]);
        if (top)
            g_hash_table_add(used, top);
    }
    for (guint i = 0; i < l->walk->skipped->len; i++) {
        const LeukoSkipped *s = l->walk->skipped->pdata[i];
        g_autofree gchar *top = top_folder(s->path);
        if (!top || (s->reason & (LEUKO_SKIP_HIDDEN | LEUKO_SKIP_SYSTEM | LEUKO_SKIP_COMPANION)) ||
            g_hash_table_contains(used, top))
            continue;
        g_ptr_array_add(unused, g_strdup(top));
        g_hash_table_add(used, g_steal_pointer(&top));
    }
    add_empty_classes(l, used, unused);
    return unused;
}
