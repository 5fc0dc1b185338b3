#include "base/json.h"
#include "base/stage.h"
#include "leuko/error.h"
#include "report/run-log.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { N_STEPS = 9, VALIDATE_EVERY = 3, BYTES_APART = 29 };

static gchar *path;

/* Steps first..last of a trainer; the speed is that of this process. */
static void run(LeukoRunLog *log, guint first, guint last, double images_per_s)
{
    g_autoptr(GError) error = NULL;
    for (guint s = first; s <= last; s++) {
        LeukoRunLogStep step = {s, 1 + s / 5, 1.0 / s, 0.5, 0.001, images_per_s};
        g_assert_true(leuko_run_log_step(log, &step, &error));
        if (s % VALIDATE_EVERY)
            continue;
        g_autoptr(json_t) figures = json_pack("{s:f}", "loss", 2.0 / s);
        g_assert_true(leuko_run_log_validation(log, s, 1 + s / 5, figures, &error));
    }
}

static gchar *unbroken(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoRunLog) log = leuko_run_log_new(path, &error);
    g_assert_no_error(error);
    run(log, 1, N_STEPS, 7.0);
    gchar *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* One object per line, with the documented names; numbers that are not finite are null. */
static void test_lines(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoRunLog) log = leuko_run_log_new(path, &error);
    LeukoRunLogStep step = {1, 1, 0.25, NAN, 0.001, 8.5};
    g_assert_true(leuko_run_log_step(log, &step, &error));
    g_autoptr(json_t) figures = json_pack("{s:f, s:n}", "loss", 0.75, "auc");
    g_assert_true(leuko_run_log_validation(log, 1, 2, figures, &error));
    g_autofree gchar *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(
        text, ==,
        "{\"step\":1,\"epoch\":1,\"loss\":0.25,\"accuracy\":null,\"learning_rate\":0.001,"
        "\"images_per_s\":8.5}\n"
        "{\"step\":1,\"epoch\":2,\"validation\":{\"loss\":0.75,\"auc\":null}}\n");
}

/* The precision stands in the log once, also when a run resumes. */
static void test_precision(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *text = NULL;
    LeukoRunLogStep step = {1, 1, 0.25, 0.5, 0.001, 8.5};
    LeukoRunLog *log = leuko_run_log_new(path, &error);
    g_assert_true(leuko_run_log_precision(log, 0, "bf16", "faster", &error));
    g_assert_true(leuko_run_log_step(log, &step, &error));
    leuko_run_log_free(log);
    log = leuko_run_log_resume(path, 1, &error);
    g_assert_no_error(error);
    g_assert_true(leuko_run_log_precision(log, 1, "bf16", "faster", &error));
    leuko_run_log_free(log);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_true(g_str_has_prefix(
        text, "{\"step\":0,\"precision\":\"bf16\",\"precision_reason\":\"faster\"}\n{\"step\":1,"));
    g_assert_null(strstr(strstr(text, "bf16") + 1, "bf16"));
}

/* A log that stops inside or between lines, and a checkpoint of one of its last steps: lines of
 * later steps are removed, and the resumed run ends with the file of an uninterrupted run. */
static void test_resume(void)
{
    g_autofree gchar *whole = unbroken();
    gsize n_bytes = strlen(whole);
    for (gsize n = 0; n <= n_bytes; n += MIN(BYTES_APART, strcspn(whole + n, "\n") + 1)) {
        guint reached = 0; /* whole step lines among the first n bytes */
        for (const char *at = whole; (at = strstr(at, "\"images_per_s\":7.0}\n")); at++)
            reached += at + strlen("\"images_per_s\":7.0}\n") <= whole + n;
        for (guint done = reached > 1 ? reached - 2 : 0; done <= reached; done++) {
            g_autoptr(GError) error = NULL;
            g_assert_true(g_file_set_contents(path, whole, (gssize)n, NULL));
            g_autoptr(LeukoRunLog) log = leuko_run_log_resume(path, done, &error);
            g_assert_no_error(error);
            g_autofree gchar *cut = NULL, *later = g_strdup_printf("{\"step\":%u,", done + 1);
            g_assert_true(g_file_get_contents(path, &cut, NULL, NULL));
            g_assert_true(g_str_has_prefix(whole, cut) && !strstr(cut, later));
            g_assert_true(!*cut || g_str_has_suffix(cut, "\n"));
            /* The validation of the checkpoint's own step is done again. */
            g_autoptr(json_t) figures = json_pack("{s:f}", "loss", 2.0 / done);
            if (done > 0 && done % VALIDATE_EVERY == 0)
                g_assert_true(leuko_run_log_validation(log, done, 1 + done / 5, figures, &error));
            run(log, done + 1, N_STEPS, 7.0);
            g_autofree gchar *text = NULL;
            g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
            g_assert_cmpstr(text, ==, whole);
        }
    }
}

/* A new run replaces the old log; a resumed run without a log starts one. */
static void test_anew(void)
{
    g_autofree gchar *whole = unbroken(), *again = unbroken(), *text = NULL;
    g_assert_cmpstr(again, ==, whole);
    g_unlink(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoRunLog) log = leuko_run_log_resume(path, 3, &error);
    g_assert_no_error(error);
    run(log, 4, 4, 1.0);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_true(g_str_has_prefix(text, "{\"step\":4,"));
}

/* A line that is not a line of a log is named by its number, and the file is unchanged. */
static void test_refuses(void)
{
    const char *const bad[] = {
        "{\"step\":1}\nsteps\n",         "{\"step\":1}\n{\"epoch\":1}\n",  "{\"step\":1}\n[1]\n",
        "{\"step\":1}\n{\"step\":-1}\n", "{\"step\":1}\n{\"step\":1e3}\n", "{\"step\":1}\n\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *text = NULL;
        g_assert_true(g_file_set_contents(path, bad[i], -1, NULL));
        g_assert_null(leuko_run_log_resume(path, 0, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, path));
        g_assert_nonnull(strstr(error->message, ": line 2: "));
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_assert_cmpstr(text, ==, bad[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree gchar *folder = g_dir_make_tmp("leuko-run-log-XXXXXX", NULL);
    path = g_build_filename(folder, "train.jsonl", NULL);
    g_test_add_func("/run-log/lines", test_lines);
    g_test_add_func("/run-log/precision", test_precision);
    g_test_add_func("/run-log/resume", test_resume);
    g_test_add_func("/run-log/anew", test_anew);
    g_test_add_func("/run-log/refuses", test_refuses);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(path);
    return status;
}
