#include "data/walk.h"
#include "base/file-names.h"
#include "data/file-kind.h"
#include "data/naming.h"
#include "leuko/error.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A folder that is being read; those above it show whether a link leads back. */
typedef struct Level {
    const struct Level *parent; /* NULL: the start folder */
    dev_t device;
    ino_t inode;
    guint depth;          /* 0: the start folder */
    LeukoSkipReason skip; /* 0, or why all its files are skipped */
} Level;

typedef struct {
    LeukoWalk *walk;
    guint max_depth;
} Walker;

static void skipped_free(gpointer data)
{
    LeukoSkipped *skipped = data;
    g_free(skipped->path);
    g_free(skipped->detail);
    g_free(skipped->text);
    g_free(skipped);
}

static LeukoWalk *walk_new(const char *root)
{
    LeukoWalk *walk = g_new0(LeukoWalk, 1);
    walk->root = g_strdup(root);
    walk->files = g_ptr_array_new_with_free_func(g_free);
    walk->folders = g_ptr_array_new_with_free_func(g_free);
    walk->skipped = g_ptr_array_new_with_free_func(skipped_free);
    return walk;
}

void leuko_walk_free(LeukoWalk *walk)
{
    if (!walk)
        return;
    g_free(walk->root);
    g_ptr_array_unref(walk->files);
    g_ptr_array_unref(walk->folders);
    g_ptr_array_unref(walk->skipped);
    g_free(walk);
}

static gint by_path(gconstpointer a, gconstpointer b)
{
    const LeukoSkipped *x = *(LeukoSkipped *const *)a, *y = *(LeukoSkipped *const *)b;
    return strcmp(x->path, y->path);
}

void leuko_walk_skip(LeukoWalk *walk, const char *path, LeukoSkipReason reason, const char *detail)
{
    LeukoSkipped *skipped = g_new0(LeukoSkipped, 1);
    skipped->path = g_strdup(path);
    skipped->reason = reason;
    skipped->detail = g_strdup(detail);
    if (reason == LEUKO_SKIP_FOREIGN && detail)
        skipped->text = g_strdup_printf("%s: %s", leuko_skip_reason_text(reason), detail);
    g_ptr_array_add(walk->skipped, skipped);
}

static gboolean is_loop(const Level *level, const struct stat *st)
{
    for (; level; level = level->parent)
        if (level->device == st->st_dev && level->inode == st->st_ino)
            return TRUE;
    return FALSE;
}

static int read_folder(Walker *w, const char *below, DIR *dir, const Level *level);

static void visit_folder(Walker *w, const char *below, const char *path, const struct stat *st,
                         const Level *parent, LeukoSkipReason skip)
{
    const Level level = {parent, st->st_dev, st->st_ino, parent->depth + 1, skip};
    if (is_loop(parent, st)) {
        leuko_walk_skip(w->walk, below, LEUKO_SKIP_LOOP, NULL);
        return;
    }
    if (level.depth > w->max_depth) {
        leuko_walk_skip(w->walk, below, skip ? skip : LEUKO_SKIP_TOO_DEEP, NULL);
        return;
    }
    DIR *dir = opendir(path);
    if (!dir) {
        leuko_walk_skip(w->walk, below, skip ? skip : LEUKO_SKIP_UNREADABLE, g_strerror(errno));
        return;
    }
    if (!skip)
        g_ptr_array_add(w->walk->folders, g_strdup(below));
    int e = read_folder(w, below, dir, &level);
    closedir(dir);
    if (e != 0)
        leuko_walk_skip(w->walk, below, LEUKO_SKIP_UNREADABLE, g_strerror(e));
}

/* Why a file is no image; 0: it is one. *what: of leuko_file_kind(), or unchanged. */
static LeukoSkipReason judge_file(const char *name, const char *path, const struct stat *st,
                                  gchar **what)
{
    if (S_ISLNK(st->st_mode))
        return LEUKO_SKIP_DANGLING; /* stat() failed, lstat() did not */
    if (!S_ISREG(st->st_mode))
        return LEUKO_SKIP_NOT_FILE;
    return leuko_file_kind(name, path, what);
}

/* below: path of the entry, relative to the root. */
static void visit(Walker *w, const char *name, const char *below, const Level *level)
{
    LeukoWalk *walk = w->walk;
    g_autofree gchar *path = g_build_filename(walk->root, below, NULL);
    struct stat st;
    if (stat(path, &st) != 0) {
        int e = errno;
        if (lstat(path, &st) != 0) {
            if (e != ENOENT) /* else it was removed meanwhile */
                leuko_walk_skip(walk, below,
                                e == ENAMETOOLONG ? LEUKO_SKIP_TOO_LONG : LEUKO_SKIP_UNREADABLE,
                                e == ENAMETOOLONG ? NULL : g_strerror(e));
            return;
        }
    }
    LeukoSkipReason skip = level->skip ? level->skip : leuko_file_kind_by_owner(name);
    if (S_ISDIR(st.st_mode)) {
        visit_folder(w, below, path, &st, level, skip);
        return;
    }
    g_autofree gchar *what = NULL;
    skip = skip ? skip : judge_file(name, path, &st, &what);
    if (skip)
        leuko_walk_skip(walk, below, skip, what);
    else
        g_ptr_array_add(walk->files, g_strdup(below));
}

/* Visit all entries. Returns the errno at which the listing broke off, 0 at its end. */
static int read_folder(Walker *w, const char *below, DIR *dir, const Level *level)
{
    for (const struct dirent *entry; errno = 0, (entry = readdir(dir));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        g_autofree gchar *child = *below ? g_strconcat(below, "/", name, NULL) : g_strdup(name);
        visit(w, name, child, level);
    }
    return errno;
}

static gboolean fail_folder(const char *dir, int e, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot read this folder: %s", dir,
                g_strerror(e));
    return FALSE;
}

LeukoWalk *leuko_walk_folder(const char *dir, guint max_depth, GError **error)
{
    g_assert(max_depth <= LEUKO_WALK_MAX_DEPTH);
    struct stat st = {0};
    DIR *stream = opendir(dir);
    if (!stream || fstat(dirfd(stream), &st) != 0) {
        fail_folder(dir, errno, error);
        if (stream)
            closedir(stream);
        return NULL;
    }
    LeukoWalk *walk = walk_new(dir);
    Walker walker = {walk, max_depth};
    const Level level = {NULL, st.st_dev, st.st_ino, 0, 0};
    int e = read_folder(&walker, "", stream, &level);
    closedir(stream);
    if (e != 0) {
        fail_folder(dir, e, error);
        leuko_walk_free(walk);
        return NULL;
    }
    g_ptr_array_sort(walk->files, leuko_compare_names);
    g_ptr_array_sort(walk->folders, leuko_compare_names);
    g_ptr_array_sort(walk->skipped, by_path);
    return walk;
}

/* A link that leads nowhere and ends like an image is a file of the list. */
static void keep_dangling(LeukoWalk *walk)
{
    for (guint i = walk->skipped->len; i-- > 0;) {
        const LeukoSkipped *skipped = walk->skipped->pdata[i];
        if (skipped->reason != LEUKO_SKIP_DANGLING ||
            leuko_naming_stem(skipped->path) == strlen(skipped->path))
            continue;
        g_ptr_array_add(walk->files, g_strdup(skipped->path));
        g_ptr_array_remove_index(walk->skipped, i);
    }
    g_ptr_array_sort(walk->files, leuko_compare_names);
}

/* Add what the walk of one folder found to a walk without a root. */
static void append_walk(LeukoWalk *to, const LeukoWalk *from)
{
    for (guint i = 0; i < from->files->len; i++)
        g_ptr_array_add(to->files, g_build_filename(from->root, from->files->pdata[i], NULL));
    for (guint i = 0; i < from->folders->len; i++)
        g_ptr_array_add(to->folders, g_build_filename(from->root, from->folders->pdata[i], NULL));
    for (guint i = 0; i < from->skipped->len; i++) {
        const LeukoSkipped *skipped = from->skipped->pdata[i];
        g_autofree gchar *path = g_build_filename(from->root, skipped->path, NULL);
        leuko_walk_skip(to, path, skipped->reason, skipped->detail);
    }
}

LeukoWalk *leuko_walk_paths(const char *const *paths, GError **error)
{
    g_autoptr(LeukoWalk) all = walk_new("");
    for (; *paths; paths++) {
        if (!g_file_test(*paths, G_FILE_TEST_IS_DIR)) {
            g_ptr_array_add(all->files, g_strdup(*paths));
            continue;
        }
        g_autoptr(LeukoWalk) one = leuko_walk_folder(*paths, LEUKO_WALK_MAX_DEPTH, error);
        if (!one)
            return NULL;
        keep_dangling(one);
        append_walk(all, one);
    }
    g_ptr_array_sort(all->skipped, by_path);
    return g_steal_pointer(&all);
}

const char *leuko_skip_reason_text(LeukoSkipReason reason)
{
    static const char *const texts[LEUKO_N_SKIP_REASONS] = {
        "hidden",
        "system file",
        "companion file",
        "image format that is not read",
        "not an image",
        "not a regular file",
        "link that leads nowhere",
        "too many levels of folders",
        "link to a folder that contains it",
        "unreadable",
        "not in a folder of images of this data set",
        "deeper folder",
        "name is not UTF-8",
        "no label in its name",
        "broken image",
        "path is too long"};
    return texts[g_bit_nth_lsf(reason, -1)];
}

const char *leuko_skipped_text(const LeukoSkipped *skipped)
{
    return skipped->text ? skipped->text : leuko_skip_reason_text(skipped->reason);
}

gchar *leuko_walk_describe_skipped(const LeukoWalk *walk)
{
    GString *text = g_string_new(NULL);
    for (guint bit = 0; bit < LEUKO_N_SKIP_REASONS; bit++) {
        guint n = leuko_walk_n_skipped(walk, 1u << bit);
        if (n > 0)
            g_string_append_printf(text, "%s%u %s", text->len ? ", " : "", n,
                                   leuko_skip_reason_text(1u << bit));
    }
    return g_string_free(text, FALSE);
}

guint leuko_walk_n_skipped(const LeukoWalk *walk, guint reasons)
{
    guint n = 0;
    for (guint i = 0; i < walk->skipped->len; i++)
        n += (((const LeukoSkipped *)walk->skipped->pdata[i])->reason & reasons) != 0;
    return n;
}

gboolean leuko_walk_refuse(const LeukoWalk *walk, guint reasons, GError **error)
{
    for (guint i = 0; i < walk->skipped->len; i++) {
        const LeukoSkipped *skipped = walk->skipped->pdata[i];
        if (!(skipped->reason & reasons))
            continue;
        g_autofree gchar *path = *walk->root ? g_build_filename(walk->root, skipped->path, NULL)
                                             : g_strdup(skipped->path);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path,
                    skipped->detail ? skipped->detail : leuko_skip_reason_text(skipped->reason));
        return FALSE;
    }
    return TRUE;
}
