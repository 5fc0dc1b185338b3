#include "cli/cli.h"
#include "cli/commands.h"
#include "compile/compile.h"
#include <stdio.h>

/* Hidden: what `leuko compile` asks of itself with the engine limited (cli/elsewhere.h). */

static void tell_progress(const LeukoProgress *p, gpointer user_data)
{
    (void)user_data;
    cli_print("progress %" G_GUINT64_FORMAT, p->done);
    if (fflush(stdout) != 0) /* the one that asked is gone */
        g_cancellable_cancel(cli_cancellable());
}

gboolean cmd_answers(int argc, char **argv, GError **error)
{
    gint images = LEUKO_ELSEWHERE_IMAGES, threads = 0;
    const GOptionEntry entries[] = {
        {"images", 0, 0, G_OPTION_ARG_INT, &images,
         "Validation images at most, evenly spread (default: 256)", "N"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &threads, "Threads (default: all processors)", "N"},
        {NULL}};
    if (!cli_parse("answers", entries, &argc, &argv, 2, 2, error) ||
        !cli_in_range("--images", images, 1, G_MAXINT, error) ||
        !cli_in_range("--threads", threads, 0, 1024, error))
        return FALSE;
    const LeukoProgramOptions how = {LEUKO_FP32, 8, cli_threads(threads)};
    const LeukoReporter reporter = {tell_progress, NULL};
    guint n;
    g_autoptr(LeukoRunnable) graph = leuko_runnable_open(argv[1], &how, error);
    g_autofree double *p = graph
                               ? leuko_compile_answers(graph, argv[2], (guint)images, how.n_threads,
                                                       &n, cli_cancellable(), reporter, error)
                               : NULL;
    for (guint i = 0; p && i < n; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        for (guint k = 0; k < graph->model->spec.n_classes; k++) {
            gchar number[G_ASCII_DTOSTR_BUF_SIZE];
            g_string_append_printf(line, "%s%s", k ? " " : "",
                                   g_ascii_dtostr(number, sizeof number,
                                                  p[(gsize)i * graph->model->spec.n_classes + k]));
        }
        cli_print("%s", line->str);
    }
    return p != NULL;
}
