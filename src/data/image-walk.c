#include "data/image-walk.h"
#include "base/names.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_DEPTH 32

static gboolean walk(const char *dir, const char *below, guint depth, GPtrArray *paths,
                     GError **error)
{
    g_autofree gchar *path = *below ? g_build_filename(dir, below, NULL) : g_strdup(dir);
    g_autoptr(GPtrArray) names = leuko_list_names(path, error);
    if (!names)
        return FALSE;
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree gchar *child = *below ? g_strconcat(below, "/", name, NULL) : g_strdup(name);
        g_autofree gchar *full = g_build_filename(dir, child, NULL);
        struct stat st;
        if (lstat(full, &st) != 0)
            continue; /* gone since */
        if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH) {
            if (!walk(dir, child, depth + 1, paths, error))
                return FALSE;
        } else if ((S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) &&
                   leuko_image_has_supported_name(name) && !g_file_test(full, G_FILE_TEST_IS_DIR)) {
            g_ptr_array_add(paths, g_steal_pointer(&child));
        }
    }
    return TRUE;
}

GPtrArray *leuko_image_walk(const char *dir, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    if (!walk(dir, "", 0, paths, error))
        return NULL;
    if (paths->len == 0) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: no image in this folder", dir);
        return NULL;
    }
    g_ptr_array_sort(paths, leuko_compare_names);
    return g_steal_pointer(&paths);
}

/* The real path of the nearest folder that exists, at or above `path`. */
static char *nearest_real_path(const char *path)
{
    g_autofree gchar *at = g_canonicalize_filename(path, NULL);
    for (;;) {
        char *real = realpath(at, NULL);
        if (real || strcmp(at, "/") == 0)
            return real;
        gchar *up = g_path_get_dirname(at);
        g_free(at);
        at = up;
    }
}

gboolean leuko_image_walk_is_outside(const char *in_dir, const char *out_dir, GError **error)
{
    char *in = realpath(in_dir, NULL); /* malloc'ed */
    if (!in) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", in_dir, g_strerror(errno));
        return FALSE;
    }
    char *out = nearest_real_path(out_dir);
    gsize n = strlen(in);
    gboolean is_inside =
        out && strncmp(in, out, n) == 0 && (out[n] == '/' || out[n] == '\0' || in[n - 1] == '/');
    free(in);
    free(out);
    if (is_inside)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: lies inside %s, whose images are read; choose a folder beside it", out_dir,
                    in_dir);
    return !is_inside;
}
