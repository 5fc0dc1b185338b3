#include "base/json.h"
#include <glib/gstdio.h>
#include <string.h>

static gboolean collect(const char *text, gsize n_bytes, gpointer user_data, GError **error)
{
    (void)error;
    g_string_append_len(user_data, text, (gssize)n_bytes);
    return TRUE;
}

/* Text of any length comes back in order, and more than once. */
static void test_text(void)
{
    for (guint n_lines = 0; n_lines < 1000000; n_lines = n_lines * 10 + 1) {
        g_autoptr(LeukoSpool) spool = leuko_spool_new();
        g_autoptr(GString) expected = g_string_new(NULL);
        for (guint i = 0; i < n_lines; i++) {
            g_autofree gchar *line = g_strdup_printf("line %u\n", i);
            leuko_spool_append(spool, line, strlen(line));
            g_string_append(expected, line);
        }
        for (guint round = 0; round < 2; round++) {
            g_autoptr(GString) got = g_string_new(NULL);
            g_assert_true(leuko_spool_read(spool, collect, got, NULL));
            g_assert_true(g_string_equal(got, expected));
        }
    }
}

static json_t *item_of(gconstpointer array, guint index)
{
    return json_incref(json_array_get((json_t *)array, index));
}

/* A document with a list of many items has the text of leuko_json_save(). */
static void test_list(void)
{
    g_autofree gchar *folder = g_dir_make_tmp("leuko-spool-XXXXXX", NULL),
                     *whole = g_build_filename(folder, "whole.json", NULL),
                     *list = g_build_filename(folder, "list.json", NULL);
    static const guint lengths[] = {0, 1, 20000};
    for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
        guint n = lengths[k];
        g_autofree gchar *expected = NULL, *got = NULL;
        g_autoptr(LeukoSpool) items = leuko_spool_new();
        g_autoptr(json_t) all = json_pack("{s:i, s:s}", "n", (int)n, "text", "a\nb");
        g_autoptr(json_t) before = json_deep_copy(all);
        g_autoptr(json_t) rest = json_pack("{s:s}", "rest", "c");
        json_t *array = json_array();
        for (guint i = 0; i < n; i++) {
            g_autoptr(json_t) item = json_pack("{s:i, s:[s, n], s:{}}", "i", (int)i, "list",
                                               "two\nlines, and a name of some length", "none");
            json_array_append(array, item);
            leuko_json_append_item(items, item);
        }
        json_object_set_new(all, "items", array);
        json_object_update(all, rest);
        g_assert_true(leuko_json_save(all, whole, NULL));
        g_assert_true(leuko_json_save_list(before, "items", items, rest, list, NULL));
        g_assert_true(g_file_get_contents(whole, &expected, NULL, NULL));
        g_assert_true(g_file_get_contents(list, &got, NULL, NULL));
        g_assert_cmpstr(got, ==, expected);
        const LeukoJsonList made = {"items", n, item_of, array};
        g_autoptr(json_t) without = json_copy(all); /* shallow */
        json_object_set_new(without, "items", json_array());
        g_autofree gchar *streamed = NULL;
        g_assert_true(leuko_json_save_lists(without, &made, 1, list, NULL));
        g_assert_true(g_file_get_contents(list, &streamed, NULL, NULL));
        g_assert_cmpstr(streamed, ==, expected);
    }
    g_unlink(whole);
    g_unlink(list);
    g_rmdir(folder);
}

/* A folder for temporary files that does not exist is an error in the end, and no crash. */
static void test_no_folder(void)
{
    if (g_test_subprocess()) {
        g_autoptr(LeukoSpool) spool = leuko_spool_new();
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) got = g_string_new(NULL);
        for (guint i = 0; i < 300000; i++)
            leuko_spool_append(spool, "0123456789", 10);
        g_assert_false(leuko_spool_read(spool, collect, got, &error));
        g_assert_nonnull(strstr(error->message, "/nowhere"));
        return;
    }
    g_setenv("TMPDIR", "/nowhere", TRUE);
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spool/text", test_text);
    g_test_add_func("/spool/list", test_list);
    g_test_add_func("/spool/no-folder", test_no_folder);
    return g_test_run();
}
