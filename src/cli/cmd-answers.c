#include "cli/cli.h"
#include "cli/commands.h"
#include "compile/older-isa.h"
#include "leuko/compile.h"
#include <stdio.h>

/* A hidden command: `leuko compile` runs it in another process, with the engine limited to an older
 * instruction set (compile/older-isa-process.h describes its output). */

static void print_progress(const LeukoProgress *p, gpointer user_data)
{
    (void)user_data;
    cli_print("progress %" G_GUINT64_FORMAT, p->done);
    if (fflush(stdout) != 0) /* the reader is gone */
        g_cancellable_cancel(cli_cancellable());
}

static void print_row(const double *p, guint n_classes)
{
    g_autoptr(GString) row = g_string_new(NULL);
    for (guint k = 0; k < n_classes; k++) {
        gchar number[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append_printf(row, "%s%s", k ? " " : "",
                               g_ascii_dtostr(number, sizeof number, p[k]));
    }
    cli_print("%s", row->str);
}

gboolean cmd_answers(int argc, char **argv, GError **error)
{
    gint images = LEUKO_OLDER_ISA_IMAGES, threads = 0;
    const GOptionEntry entries[] = {
        {"images", 0, 0, G_OPTION_ARG_INT, &images,
         "Number of validation images at most, evenly spread (default: 256)", "N"},
        CLI_THREADS_ENTRY(threads),
        {NULL}};
    if (!cli_parse("answers", entries, &argc, &argv, 2, 2, error) ||
        !cli_in_range("--images", images, 1, G_MAXINT, error) ||
        !cli_in_range("--threads", threads, 0, 1024, error))
        return FALSE;
    const LeukoReporter reporter = {print_progress, NULL};
    guint n = 0, n_classes = 0;
    g_autofree double *p =
        leuko_older_isa_classify(argv[1], argv[2], (guint)images, cli_threads(threads), &n,
                                 &n_classes, cli_cancellable(), reporter, error);
    for (guint i = 0; p && i < n; i++)
        print_row(p + (gsize)i * n_classes, n_classes);
    return p != NULL;
}
