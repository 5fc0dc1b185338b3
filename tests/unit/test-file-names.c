#include "base/durable.h"
#include "base/file-names.h"
#include "base/stage.h"
#include "leuko/error.h"
#include <string.h>

/* Names come in the order of their bytes, whatever the locale; hidden ones do not come. */
static void test_order(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-names-XXXXXX", NULL);
    const char *const expected[] = {"10", "9", "B", "a", "a-b", "b", "\xc3\xa4", "\xff"};
    const char *const made[] = {"b", ".hidden", "\xff", "a", "9", "\xc3\xa4", "B", "10", "a-b"};
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree gchar *path = g_build_filename(folder, made[i], NULL);
        g_assert_true(leuko_durable_set_contents(path, "", 0, &error));
    }
    g_autoptr(GPtrArray) names = leuko_list_names(folder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(names->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < names->len; i++)
        g_assert_cmpstr(names->pdata[i], ==, expected[i]);
    g_assert_true(leuko_remove_tree(folder, NULL));
}

/* What is no folder is an error that names it. */
static void test_no_folder(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_list_names("/nowhere/at/all", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "/nowhere/at/all"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/file-names/order", test_order);
    g_test_add_func("/file-names/no-folder", test_no_folder);
    return g_test_run();
}
