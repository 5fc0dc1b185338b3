#include "data/pattern.h"
#include "leuko/error.h"
#include "leuko/split.h"
#include <string.h>

static const char *const words[] = {"class", "group", "split", "fold", "*"};

gint leuko_pattern_find(const LeukoPattern *p, LeukoLevel level)
{
    for (guint i = 0; i < p->n; i++)
        if (p->levels[i] == level)
            return (gint)i;
    return -1;
}

static gboolean add_word(LeukoPattern *p, const char *word)
{
    for (guint k = 0; k < G_N_ELEMENTS(words); k++)
        if (strcmp(word, words[k]) == 0 && !p->deeper && p->n < LEUKO_PATTERN_MAX_LEVELS &&
            (k == LEUKO_LEVEL_ANY || leuko_pattern_find(p, k) < 0)) {
            p->levels[p->n++] = k;
            return TRUE;
        }
    gboolean is_deeper = strcmp(word, "**") == 0 && !p->deeper;
    p->deeper |= is_deeper;
    return is_deeper;
}

gboolean leuko_pattern_parse(const char *text, LeukoPattern *pattern, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    LeukoPattern p = {.n = 0};
    gboolean ok = *text != '\0';
    for (guint i = 0; ok && parts[i] && strcmp(text, "flat") != 0; i++)
        ok = add_word(&p, parts[i]);
    if (ok)
        *pattern = p;
    else
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "layout \"%s\": must be flat, or class, group, split, fold (each at most once) "
                    "and * for the levels of folders, such as class/group, split/class or "
                    "*/class/**",
                    text);
    return ok;
}

gchar *leuko_pattern_text(const LeukoPattern *p)
{
    GString *text = g_string_new(p->n == 0 && !p->deeper ? "flat" : NULL);
    for (guint i = 0; i < p->n; i++)
        g_string_append_printf(text, "%s%s", i ? "/" : "", words[p->levels[i]]);
    if (p->deeper)
        g_string_append(text, p->n ? "/**" : "**");
    return g_string_free(text, FALSE);
}

gint leuko_pattern_split(const char *folder)
{
    static const struct {
        const char *name;
        LeukoSplit split;
    } names[] = {{"train", LEUKO_TRAIN},           {"training", LEUKO_TRAIN},
                 {"val", LEUKO_VALIDATION},        {"valid", LEUKO_VALIDATION},
                 {"validation", LEUKO_VALIDATION}, {"test", LEUKO_TEST},
                 {"testing", LEUKO_TEST}};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(folder, names[i].name) == 0)
            return (gint)names[i].split;
    return -1;
}
