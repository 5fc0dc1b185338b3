#include "cli/cli.h"
#include "cli/suggest.h"
#include "config.h"
#include "leuko/error.h"
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_help(FILE *out)
{
    fputs("leuko: train, test and run classifiers of white blood cells on ordinary CPUs.\n"
          "\nUsage: leuko COMMAND [options]\n\nCommands:\n",
          out);
    for (const CliCommand *c = cli_commands; c->name; c++)
        if (c->run && c->summary)
            fprintf(out, "  %-11s %s\n", c->name, c->summary);
    fputs(
        "\nOutput:\n"
        "  Results go to standard output, progress and messages to standard error. On a terminal,\n"
        "  the progress is one line that changes. Elsewhere, such as in the log of a batch job, "
        "work\n"
        "  on 100 or more images, files or steps prints a line at its start, every 30 s and at "
        "its\n"
        "  end. Less work prints a line only if it takes longer than 30 s.\n"
        "\nRun `leuko COMMAND --help` for the options and examples of a command.\n"
        "Exit status: 0 success, 1 failure, 2 wrong usage, 3 a check did not "
        "pass.\n" LEUKO_RESEARCH_ONLY "\n",
        out);
}

static gboolean run(const CliCommand *c, int argc, char **argv, GError **error)
{
    if (!c->run)
        return cli_wrong_usage(
            error, "%s: this build of leuko (edge) has no training; use a full build", c->name);
    return c->run(argc, argv, error);
}

/* Sets the error and returns FALSE. */
static gboolean unknown_command(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const CliCommand *c = cli_commands; c->name; c++)
        if (c->run && c->summary)
            g_ptr_array_add(names, (gpointer)c->name);
    g_ptr_array_add(names, (gpointer) "help");
    g_ptr_array_add(names, NULL);
    const char *nearest = cli_nearest_word(name, (const char *const *)names->pdata);
    if (nearest)
        return cli_wrong_usage(error, "unknown command \"%s\"; did you mean \"%s\"?", name,
                               nearest);
    return cli_wrong_usage(error, "unknown command \"%s\"; `leuko help` lists the commands", name);
}

static gboolean run_help(int argc, char **argv, GError **error)
{
    if (argc == 1) {
        print_help(stdout);
        return TRUE;
    }
    const CliCommand *c = cli_find_command(argv[1]);
    if (!c)
        return unknown_command(argv[1], error);
    char *args[] = {(char *)c->name, (char *)"--help", NULL};
    return run(c, 2, args, error);
}

static gboolean dispatch(int argc, char **argv, GError **error)
{
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0 || strcmp(name, "version") == 0) {
        printf("leuko %s\n", LEUKO_VERSION);
        return TRUE;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return run_help(argc - 1, argv + 1, error);
    const CliCommand *c = cli_find_command(name);
    if (!c)
        return unknown_command(name, error);
    return run(c, argc - 1, argv + 1, error);
}

/* OpenMP's threads spin while they wait for each other. Beside other busy processes, the default of
 * some milliseconds makes the engine several times slower. libgomp reads its settings when it is
 * loaded, before main(): so commands that run the engine execute this program again with a short
 * spin, unless the user has set one (docs/decisions/0005-short-spin.md). */
static void start_with_short_spin(int argc, char **argv)
{
    const CliCommand *c = argc > 1 ? cli_find_command(argv[1]) : NULL;
    if (!c || !c->uses_engine || g_getenv("GOMP_SPINCOUNT") || g_getenv("OMP_WAIT_POLICY"))
        return;
    if (g_setenv("GOMP_SPINCOUNT", "10000", TRUE))
        execv("/proc/self/exe", argv); /* if this fails, the engine is only slower */
}

int main(int argc, char **argv)
{
    start_with_short_spin(argc, argv);
    setlocale(LC_CTYPE, ""); /* numbers in files stay in the C locale */
    cli_start();
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    g_autoptr(GError) error = NULL;
    gboolean ok = dispatch(argc, argv, &error);
    cli_progress_end();
    errno = 0; /* so that only a failure of this flush is reported */
    if (ok && (fflush(stdout) != 0 || ferror(stdout))) {
        g_set_error(&error, LEUKO_ERROR, LEUKO_ERROR_IO, "standard output: %s",
                    errno ? g_strerror(errno) : "cannot be written");
        ok = FALSE;
    }
    if (!ok) {
        g_assert(error);
        gboolean is_ambiguous = g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_AMBIGUOUS);
        cli_note("%s%s", error->message, is_ambiguous ? " (--layout)" : "");
    }
    if (ok && cli_exit_status(error) != 0)
        cli_note("interrupted too late: the command is complete");
    return cli_exit_status(error);
}
