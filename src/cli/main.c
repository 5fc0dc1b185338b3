#include "cli/cli.h"
#include "config.h"
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void cli_start(void);

static void print_help(FILE *out)
{
    fputs("leuko: from photographs of blood smears to a tested classifier, on ordinary CPUs.\n"
          "\nUsage: leuko COMMAND [options]\n\nCommands:\n",
          out);
    for (const CliCommand *c = cli_commands; c->name; c++)
        if (c->run && c->summary)
            fprintf(out, "  %-9s %s\n", c->name, c->summary);
    fputs("\n`leuko COMMAND --help` shows the options and examples of one.\n"
          "Exit status: 0 done, 1 failed, 2 wrong usage, 3 a gate was not met.\n" CLI_RESEARCH_ONLY
          "\n",
          out);
}

static gboolean run(const CliCommand *c, int argc, char **argv, GError **error)
{
    if (!c->run)
        return cli_wrong_usage(
            error, "%s: not in this build, which was made for an edge box; a full one has it",
            c->name);
    return c->run(argc, argv, error);
}

static gboolean run_help(int argc, char **argv, GError **error)
{
    if (argc == 1) {
        print_help(stdout);
        return TRUE;
    }
    const CliCommand *c = cli_find_command(argv[1]);
    if (!c)
        return cli_wrong_usage(error, "there is no command \"%s\"; `leuko help` lists them",
                               argv[1]);
    char *args[] = {(char *)c->name, (char *)"--help", NULL};
    return run(c, 2, args, error);
}

static gboolean dispatch(int argc, char **argv, GError **error)
{
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        printf("leuko %s\n", LEUKO_VERSION);
        return TRUE;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return run_help(argc - 1, argv + 1, error);
    const CliCommand *c = cli_find_command(name);
    if (!c)
        return cli_wrong_usage(error, "there is no command \"%s\"; `leuko help` lists them", name);
    return run(c, argc - 1, argv + 1, error);
}

/* OpenMP's threads spin while they wait for each other; beside other busy processes the default
 * (milliseconds) makes the engine several times slower. libgomp reads its settings when it is loaded,
 * before main: so commands that run the engine are started once more with a short spin, unless the
 * person has set one (docs/decisions/0005-short-spin.md). */
static void start_with_short_spin(int argc, char **argv)
{
    static const char *const engine_commands[] = {"train",   "features", "eval",   "classify",
                                                  "compile", "profile",  "verify", "answers"};
    if (argc < 2 || g_getenv("GOMP_SPINCOUNT") || g_getenv("OMP_WAIT_POLICY"))
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(engine_commands); i++)
        if (strcmp(argv[1], engine_commands[i]) == 0 && g_setenv("GOMP_SPINCOUNT", "10000", TRUE))
            execv("/proc/self/exe", argv); /* where that fails, it is only slower */
}

int main(int argc, char **argv)
{
    start_with_short_spin(argc, argv);
    setlocale(LC_CTYPE, ""); /* numbers stay in the C locale: files are for everybody */
    cli_start();
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    g_autoptr(GError) error = NULL;
    gboolean ok = dispatch(argc, argv, &error);
    cli_progress_clear();
    errno = 0; /* a write that failed long ago has left none */
    if (ok && (fflush(stdout) != 0 || ferror(stdout))) {
        g_set_error(&error, LEUKO_ERROR, LEUKO_ERROR_IO, "standard output: %s",
                    errno ? g_strerror(errno) : "cannot be written");
        ok = FALSE;
    }
    if (!ok) {
        g_assert(error);
        g_autofree gchar *shown = leuko_one_line(error->message); /* file names may hold anything */
        fprintf(stderr, "leuko: %s\n", shown);
    }
    return cli_exit_status(error);
}
