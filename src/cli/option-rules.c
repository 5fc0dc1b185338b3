#include "cli/option-rules.h"
#include "cli/suggest.h"
#include "cli/usage.h"
#include <string.h>

const char *const cli_splits[] = {"train", "validation", "test", NULL};
const char *const cli_float_precisions[] = {"fp32", "bf16", NULL};

static GHashTable *given; /* names of options; one command line in a process */

static const GOptionEntry *find_entry(const GOptionEntry *entries, const char *argument)
{
    gboolean is_long = g_str_has_prefix(argument, "--");
    gsize n = is_long ? strcspn(argument + 2, "=") : 0;
    for (const GOptionEntry *e = entries; e && e->long_name; e++)
        if (is_long ? strlen(e->long_name) == n && strncmp(e->long_name, argument + 2, n) == 0
                    : argument[0] == '-' && e->short_name && argument[1] == e->short_name)
            return e;
    return NULL;
}

void cli_record_given(const GOptionEntry *entries, int argc, char **argv)
{
    g_clear_pointer(&given, g_hash_table_unref);
    given = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const GOptionEntry *e = find_entry(entries, argv[i]);
        if (!e)
            continue;
        g_hash_table_add(given, (gpointer)e->long_name);
        gboolean is_long = argv[i][1] == '-';
        if (e->arg != G_OPTION_ARG_NONE && (is_long ? !strchr(argv[i], '=') : !argv[i][2]))
            i++; /* its value */
    }
}

gboolean cli_is_given(const char *name) { return given && g_hash_table_contains(given, name); }

gboolean cli_exclude(const CliExclusion *cases, gsize n, GError **error)
{
    for (gsize i = 0; i < n; i++)
        for (gsize k = 0; cases[i].holds && k < CLI_MAX_EXCLUDED && cases[i].names[k]; k++)
            if (cli_is_given(cases[i].names[k]))
                return cli_wrong_usage(error, "--%s: does not apply %s", cases[i].names[k],
                                       cases[i].with);
    return TRUE;
}

gboolean cli_one_of(const char *name, const char *value, const char *const *words, GError **error)
{
    if (!value || g_strv_contains(words, value))
        return TRUE;
    g_autoptr(GString) list = g_string_new(NULL);
    const char *nearest = cli_nearest_word(value, words);
    for (guint i = 0; words[i]; i++)
        g_string_append_printf(list, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
    return cli_wrong_usage(error, "--%s %s: must be %s%s%s%s", name, value, list->str,
                           nearest ? "; did you mean " : "", nearest ? nearest : "",
                           nearest ? "?" : "");
}
