#include "base/journal.h"
#include "base/stage.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static gchar *folder;

static gchar *contents(const char *path)
{
    gchar *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* Every record is at the end of the file as soon as it is appended. */
static void test_grows(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = g_build_filename(folder, "grows", NULL);
    g_assert_true(g_file_set_contents(path, "old\n", -1, NULL));
    g_autoptr(LeukoJournal) j = leuko_journal_open(path, LEUKO_JOURNAL_CONTINUE, &error);
    g_assert_true(leuko_journal_append(j, "one\n", 4, &error));
    g_autofree gchar *first = contents(path);
    g_assert_cmpstr(first, ==, "old\none\n");
    g_assert_true(leuko_journal_append(j, "two\n", 4, &error));
    g_assert_true(leuko_journal_sync(j, &error));
    g_autofree gchar *second = contents(path);
    g_assert_cmpstr(second, ==, "old\none\ntwo\n");
}

/* If a new file is wanted, an existing file is refused and unchanged. */
static void test_new(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = g_build_filename(folder, "new", NULL);
    g_autoptr(LeukoJournal) first = leuko_journal_open(path, LEUKO_JOURNAL_NEW, &error);
    g_assert_true(leuko_journal_append(first, "x", 1, &error));
    g_assert_null(leuko_journal_open(path, LEUKO_JOURNAL_NEW, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_nonnull(strstr(error->message, path));
    g_autofree gchar *text = contents(path);
    g_assert_cmpstr(text, ==, "x");
}

/* A record that does not fit on the disk leaves nothing in the file; a smaller one can follow. */
static void test_full(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = g_build_filename(folder, "full", NULL), *big = g_strnfill(100, 'b');
    g_autoptr(LeukoJournal) j = leuko_journal_open(path, LEUKO_JOURNAL_NEW, &error);
    g_assert_true(leuko_journal_append(j, "whole", 5, &error));
    struct rlimit before, small;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    small = before;
    small.rlim_cur = 50; /* the first write() stops short, the next one fails */
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    gboolean ok = leuko_journal_append(j, big, 100, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    g_assert_false(ok);
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_clear_error(&error);
    g_assert_true(leuko_journal_append(j, "+small", 6, &error));
    g_autofree gchar *text = contents(path);
    g_assert_cmpstr(text, ==, "whole+small");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-journal-XXXXXX", NULL);
    g_test_add_func("/journal/grows", test_grows);
    g_test_add_func("/journal/new", test_new);
    g_test_add_func("/journal/full", test_full);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
