#include "base/outputs.h"
#include "leuko/error.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a path names: a file or folder that exists, or a name in a folder that may not exist. */
typedef struct {
    gboolean exists, is_folder, has_parent;
    dev_t device, parent_device;
    ino_t inode, parent_inode;
    gchar *name; /* the last part */
} Place;

static void place_clear(Place *p) { g_free(p->name); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static Place place_of(const char *path)
{
    struct stat st, parent;
    g_autofree gchar *folder = g_path_get_dirname(path);
    Place p = {.name = g_path_get_basename(path)};
    if (stat(path, &st) == 0) {
        p.exists = TRUE;
        p.is_folder = S_ISDIR(st.st_mode);
        p.device = st.st_dev;
        p.inode = st.st_ino;
    }
    if (stat(folder, &parent) == 0) {
        p.has_parent = TRUE;
        p.parent_device = parent.st_dev;
        p.parent_inode = parent.st_ino;
    }
    return p;
}

static gboolean is_same(const Place *a, const Place *b)
{
    if (a->exists && b->exists && a->device == b->device && a->inode == b->inode)
        return TRUE;
    return a->has_parent && b->has_parent && a->parent_device == b->parent_device &&
           a->parent_inode == b->parent_inode && strcmp(a->name, b->name) == 0;
}

/* The real path of the nearest part of `path` that exists; free(). */
static char *nearest_real_path(const char *path)
{
    g_autofree gchar *part = g_strdup(path);
    for (;;) {
        char *real = realpath(part, NULL);
        g_autofree gchar *parent = g_path_get_dirname(part);
        if (real || strcmp(parent, part) == 0)
            return real;
        g_free(part);
        part = g_steal_pointer(&parent);
    }
}

/* Compare the inodes of all folders above `path`: this holds through links and mounts. */
static gboolean is_inside(const char *path, const Place *folder)
{
    char *real = nearest_real_path(path);
    g_autofree gchar *part = g_strdup(real ? real : "/");
    free(real);
    for (;;) {
        struct stat st;
        if (stat(part, &st) == 0 && st.st_dev == folder->device && st.st_ino == folder->inode)
            return TRUE;
        g_autofree gchar *parent = g_path_get_dirname(part);
        if (strcmp(parent, part) == 0)
            return FALSE;
        g_free(part);
        part = g_steal_pointer(&parent);
    }
}

/* `path` itself may be a link out of the folder: the folder in which it lies counts too. */
static gboolean lies_in(const char *path, const Place *folder)
{
    g_autofree gchar *parent = g_path_get_dirname(path);
    return is_inside(path, folder) || is_inside(parent, folder);
}

/* The files that are read together with `input`. */
static GPtrArray *files_of(const char *input)
{
    static const char *const alone[] = {".safetensors", ".graph", ".onnx"};
    static const char *const beside[] = {".json", ".index", ".data-00000-of-00001"};
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(all, g_strdup(input));
    for (gsize i = 0; i < G_N_ELEMENTS(alone); i++)
        if (g_str_has_suffix(input, alone[i]))
            return all;
    gsize n = strlen(input);
    for (gsize i = 0; i < G_N_ELEMENTS(beside); i++) /* the prefix of a checkpoint */
        if (g_str_has_suffix(input, beside[i]))
            n = strlen(input) - strlen(beside[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(beside); i++)
        g_ptr_array_add(all, g_strdup_printf("%.*s%s", (int)n, input, beside[i]));
    return all;
}

static gboolean check_pair(const char *output, const char *input, GError **error)
{
    g_auto(Place) to = place_of(output), from = place_of(input);
    if (from.is_folder && lies_in(output, &from)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: lies inside the input folder %s; choose a place outside it", output,
                    input);
        return FALSE;
    }
    g_autoptr(GPtrArray) files = files_of(input);
    guint n_files = from.is_folder ? 1 : files->len; /* a folder has no file beside it */
    for (guint i = 0; i < n_files; i++) {
        g_auto(Place) file = place_of(files->pdata[i]);
        if (!(from.exists || file.exists) ||
            !is_same(&to, &file)) /* else a name such as "random" */
            continue;
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: writing this file would destroy the input %s; choose another name", output,
                    (const char *)files->pdata[i]);
        return FALSE;
    }
    return TRUE;
}

static gboolean check_outputs(const char *a, const char *b, GError **error)
{
    g_auto(Place) one = place_of(a), other = place_of(b);
    if (!is_same(&one, &other))
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                "%s: two results cannot have the same name; choose another one", b);
    return FALSE;
}

/* A new file takes the name of the link, not of what it leads to; but a link into /proc stands for
 * an open file. */
static gboolean is_link_to_open_file(const char *path)
{
    g_autofree gchar *target = g_file_read_link(path, NULL);
    return target && g_str_has_prefix(target, "/proc/");
}

/* may_be_folder: the output can be a folder. */
static gboolean check_kind(const char *path, gboolean may_be_folder, GError **error)
{
    struct stat st;
    gboolean exists = stat(path, &st) == 0;
    const char *kind = is_link_to_open_file(path)              ? "a link into /proc"
                       : !exists || S_ISREG(st.st_mode)        ? NULL
                       : S_ISDIR(st.st_mode) && !may_be_folder ? "a folder"
                       : S_ISDIR(st.st_mode)                   ? NULL
                                                               : "not a regular file";
    if (kind)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: exists and is %s; choose the name of a new file", path, kind);
    return !kind;
}

gboolean leuko_output_check_file(const char *path, GError **error)
{
    return check_kind(path, FALSE, error);
}

static gboolean is_standard_stream(const char *path) { return strcmp(path, "-") == 0; }

gboolean leuko_outputs_check(const char *const *outputs, const char *const *inputs, GError **error)
{
    for (gsize o = 0; outputs[o]; o++) {
        if (is_standard_stream(outputs[o]))
            continue;
        if (!*outputs[o]) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                        "a result has an empty name; name a file or a folder");
            return FALSE;
        }
        if (!check_kind(outputs[o], TRUE, error))
            return FALSE;
        for (gsize i = 0; inputs[i]; i++)
            if (!is_standard_stream(inputs[i]) && !check_pair(outputs[o], inputs[i], error))
                return FALSE;
        for (gsize other = 0; other < o; other++)
            if (!is_standard_stream(outputs[other]) &&
                !check_outputs(outputs[other], outputs[o], error))
                return FALSE;
    }
    return TRUE;
}

gboolean leuko_output_check(const char *output, const char *input, GError **error)
{
    const char *const outputs[] = {output, NULL}, *const inputs[] = {input, NULL};
    return leuko_outputs_check(outputs, inputs, error);
}
