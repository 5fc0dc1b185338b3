/* Runs many commands of leuko from one process. Loading the program's hundred libraries costs more
 * than most commands that refuse a file; here each command is a fork of a process that has loaded
 * them.
 *
 * A line on standard input, fields separated by 0x1f: the files for standard output and standard
 * error, then the arguments. The answer is a line with the exit status, or minus the signal.
 * Commands that execute /proc/self/exe (compile, for the other instruction sets) must not be run
 * here. */
#define main leuko_main
int leuko_main(int argc, char **argv);
#include "cli/main.c"
#undef main
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { MAX_FIELDS = 64 };

static void redirect(const char *path, int fd, int flags)
{
    int from = open(path, flags, 0600);
    if (from < 0 || dup2(from, fd) < 0)
        _exit(125);
    close(from);
}

static int run_forked(int n_args, char **fields)
{
    char *argv[MAX_FIELDS + 1] = {(char *)"leuko"};
    int status = 0;
    memcpy(argv + 1, fields + 2, sizeof *argv * (size_t)n_args);
    pid_t child = fork();
    if (child == 0) {
        redirect("/dev/null", STDIN_FILENO, O_RDONLY);
        redirect(fields[0], STDOUT_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        redirect(fields[1], STDERR_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        exit(leuko_main(n_args + 1, argv));
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 125;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    while ((n = getline(&line, &room, stdin)) > 0) {
        char *fields[MAX_FIELDS] = {NULL};
        int n_fields = 0;
        line[n - 1] = '\0';
        for (char *at = line; at && n_fields < MAX_FIELDS - 1;) {
            char *end = strchr(at, 0x1f);
            if (end)
                *end++ = '\0';
            fields[n_fields++] = at;
            at = end;
        }
        if (n_fields < 3)
            return 2;
        int status = run_forked(n_fields - 2, fields);
        printf("%d\n", status);
        fflush(stdout);
    }
    free(line);
    return 0;
}
