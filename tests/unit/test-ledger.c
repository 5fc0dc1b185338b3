#include "base/json.h"
#include "data/ledger.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_PROCESSES = 8, N_RECORDS = 8, N_MODELS = 2 };

static gchar *folder, *ledger;

static void clean(void) { g_unlink(ledger); }

/* A process that records N_RECORDS openings for two models, and writes what it is told of earlier
 * ones to `fd`. Its command line is long, so that a line that is not written at once is torn. */
static pid_t start(guint number, int fd)
{
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid > 0)
        return pid;
    g_autofree gchar *command = g_strnfill(5000 + number, (gchar)('a' + number)),
                     *model = g_strdup_printf("model %u", number);
    const char *const models[] = {model, "the same", NULL};
    for (guint i = 0; i < N_RECORDS; i++) {
        LeukoLedgerUse use;
        if (!leuko_ledger_record(folder, models, command, &use, NULL) ||
            write(fd, &use, sizeof use) != sizeof use)
            _exit(1);
    }
    _exit(0);
}

/* Of many processes that record at the same time no line is lost or torn, and each is told of all
 * entries before its own: no two are told the same number. */
static void test_processes(void)
{
    int ends[2], status;
    pid_t children[N_PROCESSES];
    gboolean seen[N_MODELS * N_PROCESSES * N_RECORDS] = {FALSE};
    g_assert_cmpint(pipe(ends), ==, 0);
    for (guint i = 0; i < N_PROCESSES; i++)
        children[i] = start(i, ends[1]);
    close(ends[1]);
    LeukoLedgerUse use;
    guint n = 0;
    for (; read(ends[0], &use, sizeof use) == sizeof use; n++) {
        g_assert_cmpuint(use.n_openings, <, G_N_ELEMENTS(seen));
        g_assert_cmpuint(use.n_openings % N_MODELS, ==, 0);
        g_assert_false(seen[use.n_openings]);
        seen[use.n_openings] = TRUE;
    }
    close(ends[0]);
    for (guint i = 0; i < N_PROCESSES; i++) {
        g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
        g_assert_cmpint(status, ==, 0);
    }
    g_assert_cmpuint(n, ==, N_PROCESSES * N_RECORDS);
    const char *const none[] = {NULL};
    g_assert_true(leuko_ledger_record(folder, none, "", &use, NULL)); /* reads every line */
    g_assert_cmpuint(use.n_openings, ==, G_N_ELEMENTS(seen));
    g_assert_cmpuint(use.n_models, ==, N_PROCESSES + 1);
    clean();
}

/* A link, also to nothing, a pipe and a folder in the ledger's place are errors, at once; nothing
 * is written through a link. */
static void test_not_a_file(void)
{
    static const char *const models[] = {"m", NULL};
    g_autofree gchar *other = g_build_filename(folder, "other", NULL), *text = NULL;
    g_assert_true(g_file_set_contents(other, "precious\n", -1, NULL));
    for (guint kind = 0; kind < 4; kind++) {
        g_autoptr(GError) error = NULL;
        LeukoLedgerUse use;
        g_assert_cmpint(kind == 0   ? symlink("other", ledger)
                        : kind == 1 ? symlink("nothing", ledger)
                        : kind == 2 ? mkfifo(ledger, 0600)
                                    : g_mkdir(ledger, 0700),
                        ==, 0);
        g_assert_false(leuko_ledger_record(folder, models, "c", &use, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
        g_assert_true(g_str_has_prefix(error->message, "the test split was not opened because"));
        g_remove(ledger);
    }
    g_assert_true(g_file_get_contents(other, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "precious\n");
    g_assert_cmpint(g_unlink(other), ==, 0);
    g_autofree gchar *nothing = g_build_filename(folder, "nothing", NULL);
    g_assert_false(g_file_test(nothing, G_FILE_TEST_EXISTS));
}

/* A damaged line is named, and nothing is appended. */
static void test_damaged(void)
{
    static const char *const models[] = {"m", NULL};
    static const char text[] = "{\"model\": \"a\"}\n{\"opened\": 5}\n";
    g_autoptr(GError) error = NULL;
    g_autofree gchar *after = NULL;
    LeukoLedgerUse use;
    g_assert_true(g_file_set_contents(ledger, text, -1, NULL));
    g_assert_false(leuko_ledger_record(folder, models, "c", &use, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "ledger.jsonl: line 2: names no model"));
    g_assert_true(g_file_get_contents(ledger, &after, NULL, NULL));
    g_assert_cmpstr(after, ==, text);
    clean();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-ledger-XXXXXX", NULL);
    ledger = g_build_filename(folder, "ledger.jsonl", NULL);
    g_test_add_func("/ledger/processes", test_processes);
    g_test_add_func("/ledger/not-a-file", test_not_a_file);
    g_test_add_func("/ledger/damaged", test_damaged);
    int failures = g_test_run();
    g_rmdir(folder);
    g_free(ledger);
    g_free(folder);
    return failures;
}
