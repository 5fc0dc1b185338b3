#include "formats/facts.h"
#include "base/error.h"

void leuko_facts_set(json_t *facts, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree gchar *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree gchar *shown = leuko_one_line(text);
    json_object_set_new(facts, key, json_string(shown));
}

gboolean leuko_facts_has(const json_t *facts, const char *key)
{
    return json_object_get(facts, key) != NULL;
}
