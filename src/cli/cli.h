/* cli/cli.h: what every command uses: the option table, progress, interruption, exit status.
 *
 * A command is one function in its own cmd_NAME.c: parse with cli_parse(), call the library, print.
 * It returns TRUE, or FALSE with a GError; main turns that into one line on stderr and the exit
 * status (cli_exit_status).
 */
#pragma once
#include "leuko/error.h"
#include "leuko/progress.h"
#include <gio/gio.h>
#include <glib.h>

typedef struct {
    const char *name;
    const char *arguments;   /* "DIR --out DIR [options]" */
    const char *summary;     /* one line for `leuko help`; NULL: not listed */
    const char *description; /* paragraphs for --help, or NULL */
    const char *examples;    /* lines "  leuko ...", shown last in --help and in the man page */
    gboolean (*run)(int argc, char **argv, GError **error);
} CliCommand;

extern const CliCommand cli_commands[]; /* ends with a NULL name; commands.c */
const CliCommand *cli_find_command(const char *name);

/* Parse argv of `command` (argv[0] is the command's name); --help is handled. Afterwards *argc and
 * argv hold only positional arguments (argv[0] still the name); fewer than min_args or more than
 * max_args (-1: any) is wrong usage. FALSE with a G_OPTION_ERROR: wrong usage, exit 2.
 * Entries must not be the short option -h. */
gboolean cli_parse(const char *command, const GOptionEntry *entries, int *argc, char ***argv,
                   int min_args, int max_args, GError **error);

/* Wrong usage found after parsing ("--side 20: must be 75 to 1024"): sets the error, returns FALSE. */
gboolean cli_wrong_usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Wrong usage "OPTION VALUE: must be LOW to HIGH" unless it is. */
gboolean cli_in_range(const char *option, gint value, gint low, gint high, GError **error);

/* Ctrl-C and SIGTERM cancel this; a second one ends the process at once. Never NULL. */
GCancellable *cli_cancellable(void);

/* Progress line on stderr when it is a terminal (rate and time left), lines as they come. */
LeukoReporter cli_reporter(void);
void cli_progress_clear(void); /* before printing results */

/* A line on stderr: "leuko: NOTE", progress line cleared first. */
void cli_note(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* A line on stdout; checked at exit: a closed or full stdout is an error, not silence. */
void cli_print(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Color only on a terminal and without NO_COLOR: "" otherwise. */
const char *cli_bold(void);
const char *cli_dim(void);
const char *cli_plain(void);

/* Printed where a diagnosis-like result is shown. */
#define CLI_RESEARCH_ONLY "Research use only, not for diagnosis."

/* 0 done, 1 failed, 2 wrong usage, 3 gate not met, 128 + signal when interrupted. */
int cli_exit_status(const GError *error);

/* All processors this process may use, or the --threads value. */
guint cli_threads(gint asked);
