#include "cli/report-option.h"
#include "cli/usage.h"
#include <string.h>

/* Whether the shell takes the argument as it is. */
static gboolean is_plain(const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:=+@%";
    return *argument && strspn(argument, plain) == strlen(argument);
}

gchar *cli_command_line(int argc, char **argv)
{
    GString *line = g_string_new("leuko");
    for (int i = 0; i < argc; i++) {
        g_autofree gchar *quoted = is_plain(argv[i]) ? NULL : g_shell_quote(argv[i]);
        g_string_append_printf(line, " %s", quoted ? quoted : argv[i]);
    }
    return g_string_free(line, FALSE);
}

gboolean cli_report_check(const char *dir, GError **error)
{
    return !dir || leuko_report_check(dir, error) || cli_usage_if_argument(error);
}
