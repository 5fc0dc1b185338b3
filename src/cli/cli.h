/* cli/cli.h: what every command uses: the option table, progress, interruption, exit status.
 *
 * A command is one function in its own cmd-NAME.c: it parses with cli_parse(), calls the library
 * and prints. It returns TRUE, or FALSE with a GError, which main() prints as one line on stderr
 * and turns into the exit status (cli_exit_status()).
 */
#pragma once
#include "cli/usage.h"
#include "leuko/error.h"
#include "leuko/progress.h"
#include "leuko/version.h"
#include <gio/gio.h>
#include <glib.h>

typedef struct {
    const char *name;
    const char *arguments;   /* "DIR --out DIR [options]" */
    const char *summary;     /* one sentence without its period; NULL: `leuko help` omits it */
    const char *description; /* paragraphs for --help, or NULL */
    const char *examples;    /* lines "  leuko ...", shown last in --help and in the man page */
    gboolean uses_engine;    /* runs the network: main() then shortens OpenMP's spinning */
    gboolean (*run)(int argc, char **argv, GError **error);
} CliCommand;

extern const CliCommand cli_commands[]; /* ends with a NULL name; commands.c */
const CliCommand *cli_find_command(const char *name);

/* Prepare the process: signals, standard descriptors. main() calls this once, before any thread
 * exists. */
void cli_start(void);

/* Parse argv of `command` (argv[0] is the command's name). --help prints the help and ends the
 * process. Afterwards *argc and argv hold only positional arguments; argv[0] is still the name.
 * max_args  -1: no limit
 * entries   must not use the short option -h
 * Errors    G_OPTION_ERROR (exit status 2): an unknown option, a wrong number of arguments;
 *           LEUKO_ERROR_ARGUMENT: an output would destroy an input */
gboolean cli_parse(const char *command, const GOptionEntry *entries, int *argc, char ***argv,
                   int min_args, int max_args, GError **error);

/* Ctrl-C and SIGTERM cancel this; a second signal ends the process at once. Never NULL. Call it
 * when the job begins: a command that has not called it is ended 0.7 s after the first signal. */
GCancellable *cli_cancellable(void);

/* Shows progress on stderr: a line with rate and time left if it is a terminal, else some lines of
 * a log (base/progress-log.h). Warnings and facts are always printed, as cli_note() does. */
LeukoReporter cli_reporter(void);
void cli_progress_clear(void); /* before printing results */
void cli_progress_end(void);   /* when the command is over */

/* Print "leuko: NOTE" on stderr after clearing the progress line. Every warning, note and error has
 * this form: one line, control characters escaped. */
void cli_note(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Print a line on stdout, control characters escaped: leuko_one_line(). Only a format may begin
 * with line ends, each for an empty line. main() reports a closed or full stdout as an error. */
void cli_print(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Append a text and a line end, in lines of at most 100 columns. The first begins at `column`; the
 * others are indented to it. */
void cli_append_wrapped(GString *out, const char *text, gsize column);
/* Print each line of a text in which names are escaped already. */
void cli_print_lines(const char *text);

/* Escape sequences for a terminal; "" elsewhere or if NO_COLOR is set. */
const char *cli_bold(void);
const char *cli_dim(void);
const char *cli_plain(void);

/* 0 success, 1 failure, 2 wrong usage, 3 limits not met, 128 + signal if interrupted, also if it
 * came when everything was done. */
int cli_exit_status(const GError *error);

/* The value of --threads, or with 0 the number of processors that this process may use. */
guint cli_threads(gint asked);

/* Option table entries that several commands share. */
/* clang-format off */
#define CLI_JSON_ENTRY(to, what) \
    {"json", 0, 0, G_OPTION_ARG_FILENAME, &(to), "Write " what " as JSON to FILE (-: stdout)", \
     "FILE"}
#define CLI_REPORT_ENTRY(to) \
    {"report", 0, 0, G_OPTION_ARG_FILENAME, &(to), \
     "Write a page for readers, report.html, and report.json into the folder DIR", "DIR"}
#define CLI_THREADS_ENTRY(to) \
    {"threads", 0, 0, G_OPTION_ARG_INT, &(to), "Number of threads (default: all processors)", "N"}
#define CLI_ALLOW_LEAK_ENTRY(to) \
    {"allow-leak", 0, 0, G_OPTION_ARG_STRING, &(to), \
     "Groups and files that may be in two splits, or groups, copies or all (default: none)", \
     "NAME,..."}
/* clang-format on */
