#include "base/file-names.h"
#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>
#include <string.h>

gint leuko_compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *leuko_list_names(const char *folder, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &why);
    if (!dir) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s", why->message);
        return NULL;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; errno = 0, (name = g_dir_read_name(dir));)
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    if (errno != 0) { /* the listing broke off */
        leuko_fail_io(folder, "read this folder", error);
        return NULL;
    }
    g_ptr_array_sort(names, leuko_compare_names);
    return g_steal_pointer(&names);
}
