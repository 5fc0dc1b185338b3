#include "compile/older-isa-process.h"
#include "base/error.h"
#include "base/progress.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { GRAPH_FD = 3, MAX_STDERR = 4096 };

void leuko_older_isa_process_clear(LeukoOlderIsaProcess *p)
{
    g_clear_pointer(&p->file, leuko_durable_free);
}

/* Starts the program with the engine limited and the graph open as descriptor GRAPH_FD. */
static GSubprocess *start(const LeukoOlderIsaProcess *e, int graph, const char *limit, guint n,
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
    const gchar *const command[] = {e->program, "answers", "--images", images,  "--threads",
                                    threads,    "--",      path,       e->data, NULL};
    return g_subprocess_launcher_spawnv(launcher, command, error);
}

/* Reads one line of K numbers. */
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

/* FALSE without an error: the output of the process is malformed or incomplete. */
static gboolean read_answers(const LeukoOlderIsaProcess *e, GSubprocess *process, const char *phase,
                             guint n, guint n_classes, double *answers, GError **error)
{
    g_autoptr(GDataInputStream) lines =
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(process));
    g_autoptr(GError) failed = NULL;
    guint n_read = 0;
    gboolean understood = TRUE;
    gchar *line;
    while ((line = g_data_input_stream_read_line(lines, NULL, e->cancellable, &failed))) {
        if (g_str_has_prefix(line, "progress "))
            leuko_report(e->reporter, phase, g_ascii_strtoull(line + strlen("progress "), NULL, 10),
                         n, "images", NULL);
        else
            understood = understood && n_read < n &&
                         read_numbers(line, n_classes, answers + (gsize)n_read++ * n_classes);
        g_free(line);
    }
    if (failed && !leuko_is_cancelled(e->cancellable, error))
        g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_IO, failed->message);
    return !failed && understood && n_read == n;
}

static void set_failure(GSubprocess *process, const char *isa, GError **error)
{
    gchar text[MAX_STDERR + 1];
    gsize n = 0;
    g_input_stream_read_all(g_subprocess_get_stderr_pipe(process), text, MAX_STDERR, &n, NULL,
                            NULL);
    text[n] = '\0';
    g_strchomp(text);
    if (n > 0)
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "on %s: %s", isa,
                    g_str_has_prefix(text, "leuko: ") ? text + strlen("leuko: ") : text);
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "on %s: the process that runs the graph ended without a message", isa);
}

gboolean leuko_older_isa_process_run(const LeukoGraph *graph, const char *isa, const char *limit,
                                     guint n, double *probabilities, gpointer user_data,
                                     GError **error)
{
    LeukoOlderIsaProcess *e = user_data;
    g_autofree gchar *phase = g_strdup_printf("gate, %s", isa);
    g_autoptr(GError) failed = NULL;
    if (!e->file && !(e->file = leuko_graph_begin(graph, e->graph_path, error)))
        return FALSE;
    int fd = leuko_durable_descriptor(e->file, error),
        copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, GRAPH_FD + 1);
    if (fd < 0)
        return FALSE;
    g_autoptr(GSubprocess) process = start(e, copy, limit, n, &failed);
    if (!process) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "on %s: cannot start %s: %s", isa,
                    e->program, failed->message);
        return FALSE;
    }
    gboolean ok =
        read_answers(e, process, phase, n, graph->model->spec.n_classes, probabilities, &failed);
    if (failed) /* most likely interrupted */
        g_subprocess_force_exit(process);
    else if (!ok)
        set_failure(process, isa, &failed);
    g_subprocess_wait(process, NULL, NULL);
    if (!failed && !g_subprocess_get_successful(process))
        set_failure(process, isa, &failed);
    ok = ok && !failed;
    if (failed)
        g_propagate_error(error, g_steal_pointer(&failed));
    return ok;
}
