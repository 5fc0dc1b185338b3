/* cli/report-option.h: the option --report of eval, crossval, compare and stress. */
#pragma once
#include "leuko/report.h"

/* The command line, each argument quoted for the shell where it must be. g_free. Call it before
 * cli_parse(), which takes options out of argv. */
gchar *cli_command_line(int argc, char **argv);

/* Check --report DIR (NULL: not given) before the work begins; wrong usage if DIR holds something
 * else than an earlier report. */
gboolean cli_report_check(const char *dir, GError **error);
