#include "base/io-error.h"
#include "base/map.h"
#include "leuko/error.h"
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
    g_test_add_func("/map/pipe", test_pipe);
    return g_test_run();
}
