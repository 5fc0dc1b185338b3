/* pipeline/command-text.h: a command of the program as a line for a shell, and as a model keeps it.
 *
 * A model goes to other people, so it keeps the names of options and values that are numbers or
 * words of the program (cli/command-record.h says the same of a command that is typed).
 */
#pragma once
#include <glib.h>

typedef struct {
    GString *line;   /* "leuko sort 'my cells' --out answer/shards" */
    GString *record; /* "leuko sort --out" */
} LeukoCommandText;

LeukoCommandText *leuko_command_text_new(const char *command);
void leuko_command_text_free(LeukoCommandText *text); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCommandText, leuko_command_text_free)

/* A file or folder that is no value of an option. */
void leuko_command_text_path(LeukoCommandText *text, const char *path);
/* "--NAME VALUE". value NULL: nothing is appended. is_kept: a model keeps the value. */
void leuko_command_text_option(LeukoCommandText *text, const char *name, const char *value,
                               gboolean is_kept);
/* "--NAME" */
void leuko_command_text_switch(LeukoCommandText *text, const char *name);
