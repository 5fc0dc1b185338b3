#include "base/durable.h"
#include "base/stage.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static gchar *temp_folder(void)
{
    g_autoptr(GError) error = NULL;
    gchar *path = g_dir_make_tmp("leuko-durable-XXXXXX", &error);
    g_assert_no_error(error);
    return path;
}

static guint count_entries(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint n = 0;
    while (g_dir_read_name(dir))
        n++;
    return n;
}

/* Nothing is seen before the commit, all of it after; an older file stands until then. */
static void test_whole_or_absent(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = temp_folder(), *path = g_build_filename(folder, "a.txt", NULL);
    g_assert_true(leuko_durable_set_contents(path, "old", 3, &error));
    LeukoDurable *d = leuko_durable_new(path, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_durable_printf(d, &error, "%s", "new text"));
    g_assert_cmpuint(leuko_durable_tell(d), ==, 8);
    g_autofree gchar *before = NULL, *after = NULL;
    g_assert_true(g_file_get_contents(path, &before, NULL, NULL));
    g_assert_cmpstr(before, ==, "old");
    g_assert_true(leuko_durable_commit(d, &error));
    leuko_durable_free(d);
    g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
    g_assert_cmpstr(after, ==, "new text");
    g_assert_cmpuint(count_entries(folder), ==, 1);
    g_assert_true(leuko_remove_tree(folder, &error));
}

/* Freed without a commit, nothing remains. */
static void test_abandoned(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = temp_folder(), *path = g_build_filename(folder, "a.txt", NULL);
    LeukoDurable *d = leuko_durable_new(path, &error);
    g_autofree gchar *big = g_malloc0(3 << 20);
    g_assert_true(leuko_durable_write(d, big, 3 << 20, &error));
    leuko_durable_free(d);
    g_assert_cmpuint(count_entries(folder), ==, 0);
    g_assert_true(leuko_remove_tree(folder, &error));
}

/* /dev/full answers "no space" to every write: an error, not silence. */
static void test_bad_places(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoDurable) d = leuko_durable_new("/nowhere/at/all/x", &error);
    g_assert_null(d);
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "/nowhere/at/all/x"));
}

/* A stage becomes the folder at once; an occupied target is refused; debris is swept. */
static void test_stage(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = temp_folder(), *target = g_build_filename(folder, "out", NULL);
    g_autofree gchar *debris = g_build_filename(folder, ".out.partial", "junk", NULL);
    g_assert_cmpint(g_mkdir_with_parents(debris, 0777), ==, 0);
    LeukoStage *s = leuko_stage_new(target, &error);
    g_assert_no_error(error);
    g_assert_false(g_file_test(debris, G_FILE_TEST_EXISTS));
    g_autofree gchar *inside = g_build_filename(leuko_stage_path(s), "f", NULL);
    g_assert_true(g_file_set_contents(inside, "x", 1, NULL));
    LeukoStage *second = leuko_stage_new(target, &error);
    g_assert_null(second);
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_clear_error(&error);
    g_assert_false(g_file_test(target, G_FILE_TEST_EXISTS));
    g_assert_true(leuko_stage_commit(s, &error));
    leuko_stage_free(s);
    g_assert_cmpuint(count_entries(target), ==, 1);
    g_assert_null(leuko_stage_new(target, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    g_assert_true(leuko_remove_tree(folder, &error));
}

/* A stage whose hidden folder was replaced does not publish or remove the other folder. */
static void test_stage_replaced(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = temp_folder(), *target = g_build_filename(folder, "out", NULL);
    LeukoStage *s = leuko_stage_new(target, &error);
    g_assert_no_error(error);
    g_autofree gchar *away = g_build_filename(folder, "away", NULL);
    g_autofree gchar *other = g_build_filename(leuko_stage_path(s), "of-another", NULL);
    g_assert_cmpint(g_rename(leuko_stage_path(s), away), ==, 0);
    g_assert_cmpint(g_mkdir(leuko_stage_path(s), 0777), ==, 0);
    g_assert_true(g_file_set_contents(other, "x", 1, NULL));
    g_assert_false(leuko_stage_commit(s, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_clear_error(&error);
    leuko_stage_free(s);
    g_assert_true(g_file_test(other, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(target, G_FILE_TEST_EXISTS));
    g_assert_true(leuko_remove_tree(folder, &error));
}

enum { N_WRITERS = 4, N_ROUNDS = 40 };

/* Make the folder again and again: whoever gets a stage can write and publish it. */
static gpointer make_repeatedly(gpointer target)
{
    guint n_made = 0;
    for (guint i = 0; i < N_ROUNDS; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoStage) s = leuko_stage_new(target, &error);
        if (!s) /* another thread holds the stage, or has published the folder */
            continue;
        g_autofree gchar *inside = g_build_filename(leuko_stage_path(s), "f", NULL);
        leuko_stage_write(inside, "whole", 5, &error);
        g_assert_no_error(error);
        leuko_stage_commit(s, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(count_entries(target), ==, 1);
        n_made++;
        /* moved away first: another writer may publish into a folder that is being emptied */
        g_autofree gchar *away = g_strdup_printf("%s-%p-%u", (gchar *)target, (void *)&error, i);
        g_assert_cmpint(g_rename(target, away), ==, 0);
        g_assert_true(leuko_remove_tree(away, &error));
    }
    return GUINT_TO_POINTER(n_made);
}

/* Of several writers of one folder, one at a time holds it, whatever the order of their steps. */
static void test_stage_writers(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = temp_folder(), *target = g_build_filename(folder, "out", NULL);
    GThread *threads[N_WRITERS];
    guint n_made = 0;
    for (guint i = 0; i < N_WRITERS; i++)
        threads[i] = g_thread_new("writer", make_repeatedly, target);
    for (guint i = 0; i < N_WRITERS; i++)
        n_made += GPOINTER_TO_UINT(g_thread_join(threads[i]));
    g_assert_cmpuint(n_made, >=, 1);
    g_assert_cmpuint(count_entries(folder), ==, 0);
    g_assert_true(leuko_remove_tree(folder, &error));
}

/* A file of a stage is new and whole; what goes wrong there names the wanted folder, not the
 * hidden. */
static void test_stage_files(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = temp_folder(), *target = g_build_filename(folder, "out", NULL);
    g_autoptr(LeukoStage) s = leuko_stage_new(target, &error);
    g_autofree gchar *inside = g_build_filename(leuko_stage_path(s), "f", NULL);
    g_autofree gchar *wanted = g_build_filename(target, "f", NULL), *bytes = NULL;
    g_assert_true(leuko_stage_write(inside, "four", 4, &error));
    g_assert_false(leuko_stage_write(inside, "more", 4, &error));
    g_assert_false(leuko_stage_fail(s, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_true(g_str_has_prefix(error->message, wanted));
    g_assert_null(strstr(error->message, ".partial"));
    g_clear_error(&error);
    g_assert_true(leuko_stage_commit(s, &error));
    g_assert_true(g_file_get_contents(wanted, &bytes, NULL, NULL));
    g_assert_cmpstr(bytes, ==, "four");
    g_assert_true(leuko_remove_tree(folder, &error));
}

/* The digest is of every byte written, in the buffer or on disk; the name comes with the commit. */
static void test_digest_before_name(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = temp_folder(), *path = g_build_filename(folder, "a.bin", NULL);
    g_autofree guint8 *big = g_malloc(3 << 20);
    for (gsize i = 0; i < 3 << 20; i++)
        big[i] = (guint8)(i * 7 + i / 251);
    LeukoDurable *d = leuko_durable_new(path, &error);
    g_assert_true(leuko_durable_write(d, big, 1000, &error));
    g_assert_true(leuko_durable_write(d, big + 1000, (3 << 20) - 1000, &error));
    g_autofree gchar *digest = leuko_durable_sha256(d, &error);
    g_autofree gchar *expected = g_compute_checksum_for_data(G_CHECKSUM_SHA256, big, 3 << 20);
    g_assert_no_error(error);
    g_assert_cmpstr(digest, ==, expected);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_true(leuko_durable_commit(d, &error));
    leuko_durable_free(d);
    g_autofree gchar *bytes = NULL;
    gsize n_bytes = 0;
    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    g_assert_true(n_bytes == 3 << 20 && memcmp(bytes, big, n_bytes) == 0);
    g_assert_true(leuko_remove_tree(folder, &error));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/durable/whole-or-absent", test_whole_or_absent);
    g_test_add_func("/durable/abandoned", test_abandoned);
    g_test_add_func("/durable/bad-places", test_bad_places);
    g_test_add_func("/durable/digest-before-name", test_digest_before_name);
    g_test_add_func("/stage/commit", test_stage);
    g_test_add_func("/stage/files", test_stage_files);
    g_test_add_func("/stage/replaced", test_stage_replaced);
    g_test_add_func("/stage/writers", test_stage_writers);
    return g_test_run();
}
