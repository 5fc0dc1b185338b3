#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "formats/describe.h"
#include "formats/facts.h"
#include <string.h>

gboolean cmd_info(int argc, char **argv, GError **error)
{
    g_autofree gchar *json_path = NULL;
    const GOptionEntry entries[] = {CLI_JSON_ENTRY(json_path, "the description"), {NULL}};
    if (!cli_parse("info", entries, &argc, &argv, 1, 1, error))
        return FALSE;
    g_autoptr(json_t) facts = leuko_file_describe(argv[1], error);
    if (!facts)
        return FALSE;
    if (leuko_facts_has(facts, "classes"))
        leuko_facts_set(facts, "notice", "%s", LEUKO_RESEARCH_ONLY);
    if (g_strcmp0(json_path, "-") != 0) {
        const char *key;
        json_t *value;
        json_object_foreach(facts, key, value)
            cli_print("%s%-18s%s %s", cli_bold(), key, cli_plain(), json_string_value(value));
    }
    return json_path ? leuko_json_save(facts, json_path, error) : TRUE;
}
