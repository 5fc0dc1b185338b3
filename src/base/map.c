#include "base/map.h"
#include "base/io-error.h"
#include "leuko/error.h"
#include <unistd.h>

/* The last mapped files, for leuko_map_path_at(). A slot is written once per round and never
 * freed. */
enum { N_NOTED = 64 };
static struct {
    const guint8 *begin;
    gsize n_bytes;
    const char *path; /* interned */
} noted[N_NOTED];
static gint n_noted;

void leuko_map_note(gconstpointer begin, gsize n_bytes, const char *path)
{
    guint i = (guint)g_atomic_int_add(&n_noted, 1) % N_NOTED;
    noted[i].begin = begin;
    noted[i].n_bytes = n_bytes;
    noted[i].path = g_intern_string(path);
}

const char *leuko_map_path_at(gconstpointer address)
{
    const guint8 *p = address;
    guint last = (guint)g_atomic_int_get(&n_noted);
    for (guint k = 1; k <= MIN(last, N_NOTED); k++) {
        guint i = (last - k) % N_NOTED;
        if (p >= noted[i].begin && p < noted[i].begin + noted[i].n_bytes)
            return noted[i].path;
    }
    return NULL;
}

GMappedFile *leuko_map(const char *path, GError **error)
{
    g_autoptr(GError) why = NULL;
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, error);
    if (fd < 0)
        return NULL;
    GMappedFile *map = g_mapped_file_new_from_fd(fd, FALSE, &why);
    close(fd);
    if (!map)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, why->message);
    else
        leuko_map_note(g_mapped_file_get_contents(map), g_mapped_file_get_length(map), path);
    return map;
}

GBytes *leuko_map_bytes(const char *path, GError **error)
{
    g_autoptr(GMappedFile) map = leuko_map(path, error);
    if (!map)
        return NULL;
    return g_mapped_file_get_length(map) > 0 ? g_mapped_file_get_bytes(map)
                                             : g_bytes_new_static("", 0);
}
