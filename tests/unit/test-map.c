#include "base/map.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <sys/stat.h>

/* The handler of SIGBUS learns whose bytes are at an address. */
static void test_path_at(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-map-XXXXXX", &error),
                     *path = g_build_filename(folder, "a", NULL);
    g_assert_true(g_file_set_contents(path, "0123456789", -1, &error));
    g_autoptr(GBytes) bytes = leuko_map_bytes(path, &error);
    g_assert_no_error(error);
    const guint8 *p = g_bytes_get_data(bytes, NULL);
    g_assert_cmpstr(leuko_map_path_at(p + 9), ==, path);
    g_assert_null(leuko_map_path_at(p + 10));
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
    g_assert_null(leuko_map(path, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/map/path-at", test_path_at);
    g_test_add_func("/map/pipe", test_pipe);
    return g_test_run();
}
