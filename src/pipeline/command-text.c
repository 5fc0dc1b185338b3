#include "pipeline/command-text.h"
#include <string.h>

LeukoCommandText *leuko_command_text_new(const char *command)
{
    LeukoCommandText *t = g_new(LeukoCommandText, 1);
    t->line = g_string_new(NULL);
    t->record = g_string_new(NULL);
    g_string_printf(t->line, "leuko %s", command);
    g_string_printf(t->record, "leuko %s", command);
    return t;
}

void leuko_command_text_free(LeukoCommandText *t)
{
    if (!t)
        return;
    g_string_free(t->line, TRUE);
    g_string_free(t->record, TRUE);
    g_free(t);
}

/* Quote a word only if a shell would change it. */
static void append_word(GString *line, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:=+@%";
    g_autofree gchar *quoted =
        *word && strspn(word, plain) == strlen(word) ? g_strdup(word) : g_shell_quote(word);
    g_string_append_printf(line, " %s", quoted);
}

void leuko_command_text_path(LeukoCommandText *t, const char *path) { append_word(t->line, path); }

void leuko_command_text_option(LeukoCommandText *t, const char *name, const char *value,
                               gboolean is_kept)
{
    if (!value)
        return;
    leuko_command_text_switch(t, name);
    append_word(t->line, value);
    if (is_kept)
        append_word(t->record, value);
}

void leuko_command_text_switch(LeukoCommandText *t, const char *name)
{
    g_string_append_printf(t->line, " --%s", name);
    g_string_append_printf(t->record, " --%s", name);
}
