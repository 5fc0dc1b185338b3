/* cli/command-record.h: the command line as a model keeps it. */
#pragma once
#include <glib.h>

/* "leuko train --model --tune all --epochs 4": the command and its options. A model goes to other
 * people, and file names, folders and expressions may name patients. So of the values only numbers
 * and the given words stay, and what is no option is left out. New, g_free.
 * entries  of the command's options
 * argv     (argc) as the user gave it; the command is the first
 * words    NULL-terminated, of options that take one of some words */
gchar *cli_command_record(const GOptionEntry *entries, int argc, char **argv,
                          const char *const *words);
