/* cli/output-paths.h: no command writes over a file that it reads (base/outputs.h).
 *
 * Which options and arguments are outputs stands in one table. Every other option that takes a file
 * name, and every other argument, is an input.
 */
#pragma once
#include <glib.h>

/* argv: only positional arguments, after the command's name. Errors: LEUKO_ERROR_ARGUMENT.
 * cli_parse() calls it. */
gboolean cli_check_output_paths(const char *command, const GOptionEntry *entries, int argc,
                                char **argv, GError **error);
