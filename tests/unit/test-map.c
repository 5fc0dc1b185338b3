#include "base/io-error.h"
#include "base/map.h"
#include "leuko/error.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bytes stay what they were when another program makes the file shorter. */
static void test_shorter(void)
{
    enum { N = 9 << 20 };
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-map-XXXXXX", &error),
                     *path = g_build_filename(folder, "a", NULL), *text = g_malloc(N);
    memset(text, 'x', N);
    g_assert_true(g_file_set_contents(path, text, N, &error));
    g_autoptr(GBytes) bytes = leuko_map_bytes(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(truncate(path, 10), ==, 0);
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, N);
    g_assert_cmpint(memcmp(g_bytes_get_data(bytes, NULL), text, N), ==, 0);
    g_autoptr(GBytes) again = leuko_map_bytes(path, &error);
    g_assert_cmpuint(g_bytes_get_size(again), ==, 10);
    g_assert_cmpint(truncate(path, 0), ==, 0);
    g_autoptr(GBytes) empty = leuko_map_bytes(path, &error);
    g_assert_nonnull(g_bytes_get_data(empty, NULL));
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* Write a file that is mapped: digits at both ends, and a hole. New. */
static gchar *write_large(const char *folder)
{
    g_autoptr(GError) error = NULL;
    gchar *path = g_build_filename(folder, "a", NULL);
    g_assert_true(g_file_set_contents(path, "0123456789", -1, &error));
    int fd = open(path, O_WRONLY);
    g_assert_true(leuko_pwrite_all(fd, "0123456789", 10, LEUKO_MAP_ABOVE_BYTES));
    close(fd);
    return path;
}

/* So do those of a file that is too large to be read. */
static void test_large_shorter(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-map-XXXXXX", &error),
                     *path = write_large(folder);
    g_autoptr(GBytes) bytes = leuko_map_bytes(path, &error);
    g_assert_no_error(error);
    g_assert_cmpint(truncate(path, 4), ==, 0);
    const guint8 *p = g_bytes_get_data(bytes, NULL);
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, LEUKO_MAP_ABOVE_BYTES + 10);
    g_assert_cmpuint(p[9], ==, '9');
    g_assert_cmpuint(p[5000], ==, 0);
    g_assert_cmpuint(p[LEUKO_MAP_ABOVE_BYTES + 9], ==, '9');
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* The head of a file: its first bytes, zeros, and its size. */
static void test_head(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-map-XXXXXX", &error),
                     *path = write_large(folder);
    g_autoptr(GBytes) head = leuko_map_head(path, 8, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(head), ==, LEUKO_MAP_ABOVE_BYTES + 10);
    g_assert_cmpstr(g_bytes_get_data(head, NULL), ==, "01234567");
    g_assert_cmpint(truncate(path, 4), ==, 0);
    g_autoptr(GBytes) all = leuko_map_head(path, 8, &error);
    g_assert_cmpuint(g_bytes_get_size(all), ==, 4);
    g_assert_cmpint(memcmp(g_bytes_get_data(all, NULL), "0123", 4), ==, 0);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

typedef struct {
    const char *path;
    gint stops;
} Cutter;

/* Cut the file and write its end again until `stops`. */
static gpointer cut(gpointer data)
{
    Cutter *cutter = data;
    int fd = open(cutter->path, O_WRONLY);
    while (!g_atomic_int_get(&cutter->stops)) {
        g_assert_cmpint(ftruncate(fd, 5), ==, 0);
        g_assert_true(leuko_pwrite_all(fd, "0123456789", 10, LEUKO_MAP_ABOVE_BYTES));
    }
    close(fd);
    return NULL;
}

/* Another program makes a large file shorter while it is read: an error, or what was there once. */
static void test_large_cut(void)
{
    g_autofree gchar *folder = g_dir_make_tmp("leuko-map-XXXXXX", NULL),
                     *path = write_large(folder);
    Cutter cutter = {.path = path};
    GThread *thread = g_thread_new("cutter", cut, &cutter);
    guint n_read = 0, n_short = 0;
    for (guint i = 0; i < 200 || (i < 20000 && (n_read == 0 || n_short == 0)); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = leuko_map_bytes(path, &error);
        gsize n = bytes ? g_bytes_get_size(bytes) : 0;
        const guint8 *p = bytes ? g_bytes_get_data(bytes, NULL) : NULL;
        if (bytes)
            g_assert_true(p[0] == '0' && (p[n - 1] == '9' || p[n - 1] == '4' || p[n - 1] == 0));
        else
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
        n_read += bytes ? 1 : 0;
        n_short += bytes ? 0 : 1;
    }
    g_atomic_int_set(&cutter.stops, TRUE);
    g_thread_join(thread);
    g_assert_cmpuint(n_read, >, 0);
    g_assert_cmpuint(n_short, >, 0);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* A file that is too large to be read is mapped, and the handler of SIGBUS learns whose bytes are
 * at an address. */
static void test_path_at(void)
{
    const guint64 n = LEUKO_MAP_ABOVE_BYTES + 10;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-map-XXXXXX", &error),
                     *path = g_build_filename(folder, "a", NULL);
    g_assert_true(g_file_set_contents(path, "0123456789", -1, &error));
    g_assert_cmpint(truncate(path, (off_t)n), ==, 0); /* a hole */
    g_autoptr(GBytes) bytes = leuko_map_bytes(path, &error);
    g_assert_no_error(error);
    const guint8 *p = g_bytes_get_data(bytes, NULL);
    g_assert_cmpuint(p[9], ==, '9');
    g_assert_cmpstr(leuko_map_path_at(p + n - 1), ==, path);
    g_assert_null(leuko_map_path_at(p + n));
    g_assert_null(leuko_map_path_at(&error));
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

/* A pipe is refused at once. */
static void test_pipe(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-map-XXXXXX", NULL),
                     *path = g_build_filename(folder, "pipe", NULL);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    g_assert_null(leuko_map_bytes(path, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/map/shorter", test_shorter);
    g_test_add_func("/map/path-at", test_path_at);
    g_test_add_func("/map/large-shorter", test_large_shorter);
    g_test_add_func("/map/large-cut", test_large_cut);
    g_test_add_func("/map/head", test_head);
    g_test_add_func("/map/pipe", test_pipe);
    return g_test_run();
}
