#include "base/map.h"
#include "base/io-error.h"
#include "leuko/error.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The last mapped files, for leuko_map_path_at(). A slot is written once per round and never
 * freed. */
enum { N_NOTED = 64, HUGE_PAGE = 2 << 20, LINE = 64 };
static struct {
    const guint8 *begin;
    gsize n_bytes;
    const char *path; /* interned */
} noted[N_NOTED];
static gint n_noted;

static void note(gconstpointer begin, gsize n_bytes, const char *path)
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

static GBytes *map_file(int fd, const char *path, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GMappedFile) map = g_mapped_file_new_from_fd(fd, FALSE, &why);
    if (!map) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: %s", path, why->message);
        return NULL;
    }
    note(g_mapped_file_get_contents(map), g_mapped_file_get_length(map), path);
    return g_mapped_file_get_bytes(map);
}

/* Memory for a file; of large pages if the system has them. free() */
static gpointer new_copy(gsize n)
{
    gpointer copy = NULL;
    gsize align = n >= 2 * HUGE_PAGE ? HUGE_PAGE : LINE;
    if (posix_memalign(&copy, align, MAX(n, 1)) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (align == HUGE_PAGE)
        madvise(copy, n / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return copy;
}

static GBytes *read_file(int fd, gsize n, const char *path, GError **error)
{
    gpointer copy = new_copy(n);
    if (!copy) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for its %.1f MiB", path,
                    (double)n / (1 << 20));
        return NULL;
    }
    gssize n_read = leuko_pread_all(fd, copy, n, 0);
    if (n_read == (gssize)n)
        return g_bytes_new_with_free_func(copy, n, free, copy);
    if (n_read < 0)
        leuko_fail_io(path, "read", error);
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO,
                    "%s: became shorter while it was being read", path);
    free(copy);
    return NULL;
}

GBytes *leuko_map_bytes(const char *path, GError **error)
{
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, error);
    if (fd < 0)
        return NULL;
    GBytes *bytes = n_bytes <= LEUKO_MAP_ABOVE_BYTES ? read_file(fd, (gsize)n_bytes, path, error)
                                                     : map_file(fd, path, error);
    close(fd);
    return bytes;
}
