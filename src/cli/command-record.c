#include "cli/command-record.h"
#include <string.h>

/* The entry of "--name", "--name=value" or "-n", and where its value is in the same argument (NULL:
 * not there). NULL if the argument is no option. */
static const GOptionEntry *find(const GOptionEntry *entries, const char *argument,
                                const char **value)
{
    const char *name = argument + 2, *equals = strchr(argument, '=');
    gsize n = equals ? (gsize)(equals - name) : strlen(argument) - MIN(strlen(argument), 2);
    *value = NULL;
    if (argument[0] != '-' || argument[1] == '\0')
        return NULL;
    for (const GOptionEntry *e = entries; e->long_name; e++) {
        if (argument[1] == '-' && strlen(e->long_name) == n && memcmp(e->long_name, name, n) == 0) {
            *value = equals ? equals + 1 : NULL;
            return e;
        }
        if (argument[1] != '-' && e->short_name == argument[1]) {
            *value = argument[2] ? argument + 2 : NULL;
            return e;
        }
    }
    return NULL;
}

static gboolean is_number(const char *text)
{
    gchar *end;
    g_ascii_strtod(text, &end);
    return end != text && *end == '\0';
}

static gboolean takes_number(const GOptionEntry *e)
{
    return e->arg == G_OPTION_ARG_INT || e->arg == G_OPTION_ARG_INT64 ||
           e->arg == G_OPTION_ARG_DOUBLE;
}

gchar *cli_command_record(const GOptionEntry *entries, int argc, char **argv,
                          const char *const *words)
{
    GString *line = g_string_new("leuko");
    g_string_append_printf(line, " %s", argv[0]);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *value;
        const GOptionEntry *e = find(entries, argv[i], &value);
        if (!e)
            continue;
        g_string_append_printf(line, " --%s", e->long_name);
        if (e->arg == G_OPTION_ARG_NONE)
            continue;
        if (!value && i + 1 < argc)
            value = argv[++i];
        if (value && (takes_number(e) ? is_number(value) : g_strv_contains(words, value)))
            g_string_append_printf(line, " %s", value);
    }
    return g_string_free(line, FALSE);
}
