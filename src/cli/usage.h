/* cli/usage.h: errors of the command line: exit status 2. */
#pragma once
#include <glib.h>

/* Report wrong usage that is found after parsing ("--side 20: must be 75 to 1024"): set the error
 * and return FALSE. */
gboolean cli_wrong_usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Turn an error about a value that the caller gave (LEUKO_ERROR_ARGUMENT) into wrong usage, other
 * errors stay. Returns FALSE. */
gboolean cli_usage_if_argument(GError **error);

/* Append to the message what the command line offers against the error; hint NULL: nothing. */
void cli_append_hint(GError **error, const char *hint);

/* Report wrong usage "OPTION VALUE: must be LOW to HIGH" unless low <= value <= high. */
gboolean cli_in_range(const char *option, gint value, gint low, gint high, GError **error);
