#include "cli/elsewhere.h"
#include "cli/cli.h"
#include "formats/graph-layers.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { GRAPH_FD = 3, MAX_TOLD = 4096 };

void cli_elsewhere_clear(CliElsewhere *e) { g_clear_pointer(&e->file, leuko_durable_free); }

/* leuko, its engine limited, the graph open as descriptor GRAPH_FD. */
static GSubprocess *start(const CliElsewhere *e, int graph, const char *limit, guint n,
                          GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autofree gchar *path = g_strdup_printf("/proc/self/fd/%d", GRAPH_FD);
    g_autofree gchar *images = g_strdup_printf("%u", n),
                     *threads = g_strdup_printf("%u", e->n_threads);
    g_subprocess_launcher_setenv(launcher, "ONEDNN_MAX_CPU_ISA", limit, TRUE);
    g_subprocess_launcher_unsetenv(launcher, "DNNL_MAX_CPU_ISA");
    g_subprocess_launcher_take_fd(launcher, graph, GRAPH_FD);
    const gchar *const command[] = {"/proc/self/exe", "answers", "--images", images,  "--threads",
                                    threads,          "--",      path,       e->data, NULL};
    return g_subprocess_launcher_spawnv(launcher, command, error);
}

/* One line of the process; p (n_classes) */
static gboolean read_numbers(const char *line, guint n_classes, double *p)
{
    for (guint k = 0; k < n_classes; k++) {
        char *end;
        p[k] = g_ascii_strtod(line, &end);
        if (end == line)
            return FALSE;
        line = end;
    }
    return *line == '\0';
}

/* FALSE without an error: it said something else, or too little. */
static gboolean read_answers(GSubprocess *process, const char *phase, guint n, guint n_classes,
                             double *answers, GError **error)
{
    g_autoptr(GDataInputStream) lines =
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(process));
    g_autoptr(GError) failed = NULL;
    guint n_read = 0;
    gboolean understood = TRUE;
    gchar *line;
    while ((line = g_data_input_stream_read_line(lines, NULL, cli_cancellable(), &failed))) {
        if (g_str_has_prefix(line, "progress "))
            leuko_report(cli_reporter(), phase,
                         g_ascii_strtoull(line + strlen("progress "), NULL, 10), n, "images", NULL);
        else
            understood = understood && n_read < n &&
                         read_numbers(line, n_classes, answers + (gsize)n_read++ * n_classes);
        g_free(line);
    }
    if (failed && !leuko_is_cancelled(cli_cancellable(), error))
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_IO, failed->message);
    return !failed && understood && n_read == n;
}

static void tell_failure(GSubprocess *process, const char *isa, GError **error)
{
    gchar told[MAX_TOLD + 1];
    gsize n = 0;
    g_input_stream_read_all(g_subprocess_get_stderr_pipe(process), told, MAX_TOLD, &n, NULL, NULL);
    told[n] = '\0';
    g_strchomp(told);
    if (n > 0)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "on %s: %s", isa,
                    g_str_has_prefix(told, "leuko: ") ? told + strlen("leuko: ") : told);
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "on %s: the process that should answer ended without a word", isa);
}

gboolean cli_answer_elsewhere(const LeukoGraph *graph, const char *isa, const char *limit, guint n,
                              double *answers, gpointer elsewhere, GError **error)
{
    CliElsewhere *e = elsewhere;
    g_autofree gchar *phase = g_strdup_printf("gate, %s", isa);
    g_autoptr(GError) failed = NULL;
    if (!e->file && !(e->file = leuko_graph_begin(graph, e->out, error)))
        return FALSE;
    int fd = leuko_durable_descriptor(e->file, error),
        copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, GRAPH_FD + 1);
    if (fd < 0)
        return FALSE;
    g_autoptr(GSubprocess) process = start(e, copy, limit, n, &failed);
    if (!process) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "on %s: leuko could not start itself: %s",
                    isa, failed->message);
        return FALSE;
    }
    gboolean ok = read_answers(process, phase, n, graph->model->spec.n_classes, answers, &failed);
    if (failed) /* interrupted, most likely */
        g_subprocess_force_exit(process);
    else if (!ok)
        tell_failure(process, isa, &failed);
    g_subprocess_wait(process, NULL, NULL);
    if (!failed && !g_subprocess_get_successful(process))
        tell_failure(process, isa, &failed);
    ok = ok && !failed;
    if (failed)
        g_propagate_error(error, g_steal_pointer(&failed));
    return ok;
}
