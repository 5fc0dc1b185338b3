/* cli/output-names.h: the name of an output file must not promise another format than its command
 * writes.
 */
#pragma once
#include <glib.h>

/* Wrong usage if an option of `command` names an output whose suffix is that of another known
 * format (train --model net.onnx). Names without a known suffix are accepted.
 * cli_parse() calls it. */
gboolean cli_check_output_names(const char *command, const GOptionEntry *entries, GError **error);
