#include "cli/cli.h"
#include "base/map.h"
#include "cli/option-rules.h"
#include "cli/output-names.h"
#include "cli/output-paths.h"
#include "cli/suggest.h"
#include "config.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static GCancellable *cancellable; /* made by cli_start(), before any thread */
static volatile sig_atomic_t caught_signal;
static volatile sig_atomic_t job_has_cancellable;

const CliCommand *cli_find_command(const char *name)
{
    for (const CliCommand *c = cli_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

enum { HELP_COLUMNS = 100, HELP_MIN_TEXT_COLUMNS = 30 };

void cli_append_wrapped(GString *out, const char *text, gsize column)
{
    gsize n = HELP_COLUMNS - column;
    while (strlen(text) > n) {
        gsize cut = n;
        while (cut > 0 && text[cut] != ' ')
            cut--;
        if (cut == 0) /* no space to break at */
            break;
        g_string_append_printf(out, "%.*s\n%*s", (int)cut, text, (int)column, "");
        text += cut + 1;
    }
    g_string_append_printf(out, "%s\n", text);
}

/* Appends one line of GLib's list of options. A long text continues on the next line, below its
 * first word. */
static void append_wrapped(GString *out, const char *line)
{
    const char *flags = line + strspn(line, " "), *gap = strstr(flags, "  ");
    const char *text = gap && *flags == '-' ? gap + strspn(gap, " ") : NULL;
    gsize column = text ? (gsize)(text - line) : 0;
    if (!text || column + HELP_MIN_TEXT_COLUMNS > HELP_COLUMNS) {
        g_string_append_printf(out, "%s\n", line);
        return;
    }
    g_string_append_len(out, line, (gssize)column);
    cli_append_wrapped(out, text, column);
}

/* GLib's help with lines of at most HELP_COLUMNS columns. */
static gchar *wrapped_help(GOptionContext *context)
{
    g_autofree gchar *help = g_option_context_get_help(context, TRUE, NULL);
    g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
    GString *out = g_string_new(NULL);
    for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++)
        append_wrapped(out, lines[i]);
    return g_string_free(out, FALSE);
}

static gchar *help_text(GOptionContext *context, const CliCommand *c)
{
    g_autofree gchar *help = wrapped_help(context);
    /* GLib's own head, "Usage:\n  leuko [OPTION...] ...", does not name the command */
    const char *rest = strstr(help, "\n\n");
    g_autofree gchar *head = g_strdup_printf("Usage: leuko %s %s\n\n%s%s\n", c->name, c->arguments,
                                             c->summary ? c->summary : "", c->summary ? "." : "");
    return g_strconcat(head, c->description ? "\n" : "", c->description ? c->description : "",
                       c->description ? "\n" : "", rest ? rest + 1 : help,
                       c->examples ? "Examples:\n" : "", c->examples ? c->examples : "",
                       c->examples ? "\n" : "", NULL);
}

/* Name the first long option of argv that `entries` does not have, with the nearest that it has. */
static gboolean unknown_option(const char *command, const GOptionEntry *entries, char **argv,
                               GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const GOptionEntry *e = entries; e && e->long_name; e++)
        g_ptr_array_add(names, (gpointer)e->long_name);
    g_ptr_array_add(names, (gpointer) "help");
    g_ptr_array_add(names, NULL);
    for (guint i = 1; argv[i] && strcmp(argv[i], "--") != 0; i++) {
        if (!g_str_has_prefix(argv[i], "--"))
            continue;
        g_autofree gchar *typed = g_strndup(argv[i] + 2, strcspn(argv[i] + 2, "="));
        if (g_strv_contains((const gchar *const *)names->pdata, typed))
            continue;
        const char *nearest = cli_nearest_word(typed, (const char *const *)names->pdata);
        g_clear_error(error);
        if (nearest)
            return cli_wrong_usage(error, "%s: unknown option --%s; did you mean --%s?", command,
                                   typed, nearest);
        return cli_wrong_usage(error, "%s: unknown option --%s (see leuko %s --help)", command,
                               typed, command);
    }
    return FALSE; /* a short option: GOption's own message stays */
}

gboolean cli_parse(const char *command, const GOptionEntry *entries, int *argc, char ***argv,
                   int min_args, int max_args, GError **error)
{
    const CliCommand *c = cli_find_command(command);
    g_assert(c);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    gboolean help = FALSE;
    const GOptionEntry help_entry[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help and exit", NULL}, {NULL}};
    if (entries)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, help_entry, NULL);
    cli_record_given(entries, *argc, *argv);
    if (!g_option_context_parse(context, argc, argv, error)) {
        if (g_error_matches(error ? *error : NULL, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
            return unknown_option(command, entries, *argv, error);
        return FALSE;
    }
    if (help) {
        g_autofree gchar *text = help_text(context, c);
        gboolean told = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
        if (!told)
            cli_note("standard output: %s", g_strerror(errno));
        g_clear_pointer(&text, g_free); /* exit() runs no cleanup */
        exit(told ? 0 : 1);
    }
    /* GOption leaves the "--" that ends the options in argv */
    if (*argc > 1 && strcmp((*argv)[1], "--") == 0) {
        memmove(&(*argv)[1], &(*argv)[2], sizeof(char *) * (size_t)(*argc - 1));
        --*argc;
    }
    int n = *argc - 1;
    if (n < min_args)
        return cli_wrong_usage(error, "%s: too few arguments (usage: leuko %s %s)", command,
                               command, c->arguments);
    if (max_args >= 0 && n > max_args)
        return cli_wrong_usage(error, "%s: unexpected argument \"%s\" (usage: leuko %s %s)",
                               command, (*argv)[max_args + 1], command, c->arguments);
    return cli_check_output_names(command, entries, error) &&
           cli_check_output_paths(command, entries, *argc, *argv, error);
}

GCancellable *cli_cancellable(void)
{
    job_has_cancellable = TRUE;
    return cancellable;
}

/* The first signal cancels the job; a second one ends the process at once. A command that has not
 * begun its job, and so holds no output, does not look at the cancellable everywhere: it is ended
 * after PATIENCE_MS. */
static gpointer wait_for_signals(gpointer data)
{
    enum { PATIENCE_MS = 700 };
    sigset_t *set = data;
    const struct timespec patience = {.tv_nsec = PATIENCE_MS * 1000000L};
    int signal_number;
    if (sigwait(set, &signal_number) != 0)
        return NULL;
    caught_signal = signal_number;
    g_cancellable_cancel(cancellable);
    int second = sigtimedwait(set, NULL, &patience);
    while (second < 0 && (errno == EINTR || job_has_cancellable))
        second = sigwaitinfo(set, NULL);
    if (second < 0) {
        cli_note("interrupted");
        _exit(128 + signal_number);
    }
    signal(second, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
    raise(second);
    _exit(128 + second);
}

/* If descriptor 0, 1 or 2 is closed, the next file that is opened would take its number, and
 * results would be written into that file. /dev/null takes the number instead: read-only, so
 * that printing to a closed output still fails. */
static void fill_closed_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
            _exit(1);
}

/* The disk cannot read a mapped file (base/map.h). Nothing that reads it can go on. */
static void on_bus_error(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    static const char text[] = ": the temporary copy of this file cannot be read\n";
    const char *path = leuko_map_path_at(info->si_addr);
    if (!path) { /* another cause */
        signal(signal_number, SIG_DFL);
        return;
    }
    ssize_t n = write(STDERR_FILENO, "leuko: ", 7);
    n = write(STDERR_FILENO, path, strlen(path));
    n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    _exit(1);
}

/* GLib and the C++ libraries end the process by a signal if they have no memory for a small thing.
 * That becomes one error line and exit status 1, if memory is indeed what is missing: 64 MiB of
 * address space cannot be had. Any other crash stays a crash. */
static void on_crash(int signal_number)
{
    static const char text[] = "leuko: no memory (the limit of the address space is reached)\n";
    void *probe = mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED) {
        ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
        (void)n;
        _exit(1);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static const char *log_domain(const GLogField *fields, gsize n_fields)
{
    for (gsize i = 0; i < n_fields; i++)
        if (strcmp(fields[i].key, "GLIB_DOMAIN") == 0)
            return fields[i].value;
    return NULL;
}

/* GLib writes a message of its own before it aborts: one line is enough. */
static GLogWriterOutput write_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                  gpointer user_data)
{
    for (gsize i = 0; (level & G_LOG_LEVEL_ERROR) && i < n_fields; i++)
        if (strcmp(fields[i].key, "MESSAGE") == 0 &&
            strstr(fields[i].value, "failed to allocate")) {
            cli_note("no memory (%s)", (const char *)fields[i].value);
            _exit(1);
        }
    if (!(level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)))
        return g_log_writer_default(level, fields, n_fields, user_data);
    /* GLib would write these to standard output, which has results only */
    if (!g_log_writer_default_would_drop(level, log_domain(fields, n_fields))) {
        g_autofree gchar *text = g_log_writer_format_fields(level, fields, n_fields, FALSE);
        fprintf(stderr, "%s\n", text);
    }
    return G_LOG_WRITER_HANDLED;
}

static void end_without_memory(void)
{
    static guint8 stack[16384]; /* the handler may run because the stack cannot grow */
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct sigaction crash = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigaltstack(&own, NULL);
    sigaction(SIGABRT, &crash, NULL);
    sigaction(SIGTRAP, &crash, NULL);
#ifndef __SANITIZE_ADDRESS__ /* which reports it better */
    sigaction(SIGSEGV, &crash, NULL);
#endif
    g_log_set_writer_func(write_log, NULL, NULL);
}

void cli_start(void)
{
    static sigset_t set;
    fill_closed_descriptors();
    end_without_memory(); /* before the first thread: GLib demands it */
    cancellable = g_cancellable_new();
    g_cancellable_push_current(cancellable); /* readers look at it (base/budget.h) */
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* inherited by every thread */
    g_autoptr(GError) why = NULL;
    GThread *signals = g_thread_try_new("signals", wait_for_signals, &set, &why);
    if (!signals) {
        cli_note("no memory to start: %s", why->message);
        _exit(1);
    }
    g_thread_unref(signals);
    const struct sigaction bus_error = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &bus_error, NULL);
    signal(SIGPIPE, SIG_IGN); /* write() reports a closed pipe as an error, */
    signal(SIGXFSZ, SIG_IGN); /* and a file that reaches the size limit */
}

int cli_exit_status(const GError *error)
{
    if (!error)
        return caught_signal ? 128 + caught_signal : 0; /* too late to stop, but not unheard */
    if (error->domain == G_OPTION_ERROR)
        return 2;
    if (g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_GATE))
        return 3;
    if (g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED) && caught_signal)
        return 128 + caught_signal;
    return 1;
}

guint cli_threads(gint asked)
{
    if (asked > 0)
        return (guint)asked;
    cpu_set_t set; /* respects taskset and cgroup cpusets, unlike the count of processors */
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (guint)CPU_COUNT(&set);
    return g_get_num_processors();
}
