#include "base/map.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/temporary.h"
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

/* Map a temporary copy, which no other program can change. */
static GBytes *map_copy(int fd, guint64 n_bytes, const char *path, GError **error)
{
    g_autoptr(GError) why = NULL;
    int copy = leuko_temporary_new(error);
    if (copy < 0)
        return NULL;
    gboolean ok = leuko_temporary_copy(copy, fd, n_bytes, path, error);
    g_autoptr(GMappedFile) map = ok ? g_mapped_file_new_from_fd(copy, FALSE, &why) : NULL;
    close(copy);
    if (!ok)
        return NULL;
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

static GBytes *fail_memory(const char *path, guint64 n, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for its %.1f MiB", path,
                (double)n / (1 << 20));
    return NULL;
}

/* Read n bytes of a file. */
static gboolean read_start(int fd, gpointer to, gsize n, const char *path, GError **error)
{
    gssize n_read = leuko_pread_all(fd, to, n, 0);
    if (n_read == (gssize)n)
        return TRUE;
    if (n_read < 0)
        return leuko_fail_io(path, "read", error);
    return leuko_fail(LEUKO_ERROR_IO, error, "%s: became shorter while it was being read", path);
}

static GBytes *read_file(int fd, gsize n, const char *path, GError **error)
{
    gpointer copy = new_copy(n);
    if (!copy)
        return fail_memory(path, n, error);
    if (read_start(fd, copy, n, path, error))
        return g_bytes_new_with_free_func(copy, n, free, copy);
    free(copy);
    return NULL;
}

/* Memory that is only address space until it is written. */
typedef struct {
    gpointer begin;
    gsize n_bytes;
} Pages;

static void pages_free(gpointer data)
{
    Pages *pages = data;
    munmap(pages->begin, pages->n_bytes);
    g_free(pages);
}

static GBytes *read_head(int fd, gsize n, gsize n_head, const char *path, GError **error)
{
    gpointer begin =
        mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (begin == MAP_FAILED)
        return fail_memory(path, n, error);
    Pages *pages = g_memdup2(&(Pages){begin, n}, sizeof *pages);
    if (read_start(fd, begin, n_head, path, error))
        return g_bytes_new_with_free_func(begin, n, pages_free, pages);
    pages_free(pages);
    return NULL;
}

GBytes *leuko_map_head(const char *path, gsize n_head, GError **error)
{
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, error);
    if (fd < 0)
        return NULL;
    GBytes *bytes = n_bytes <= n_head ? read_file(fd, (gsize)n_bytes, path, error)
                                      : read_head(fd, (gsize)n_bytes, n_head, path, error);
    close(fd);
    return bytes;
}

GBytes *leuko_map_bytes(const char *path, GError **error)
{
    guint64 n_bytes;
    int fd = leuko_open_regular(path, &n_bytes, error);
    if (fd < 0)
        return NULL;
    GBytes *bytes = n_bytes <= LEUKO_MAP_ABOVE_BYTES ? read_file(fd, (gsize)n_bytes, path, error)
                                                     : map_copy(fd, n_bytes, path, error);
    close(fd);
    return bytes;
}
