#include "cli/group-options.h"
#include "data/naming.h"

gboolean cli_group_options(const CliGroupOptions *o, GError **error)
{
    if (o->group_by && o->groups)
        return cli_wrong_usage(error, "--group-by and --groups exclude each other");
    g_autoptr(GError) why = NULL;
    g_autoptr(GRegex) regex = o->group_by ? leuko_naming_group_regex(o->group_by, &why) : NULL;
    return why ? cli_wrong_usage(error, "--group-by: %s", why->message) : TRUE;
}

gboolean cli_group_explain(GError **error)
{
    if (!error || !*error || !g_str_has_suffix((*error)->message, "labels does not apply"))
        return FALSE;
    g_autoptr(GError) failed = g_steal_pointer(error);
    return cli_wrong_usage(error, "--labels: %s", failed->message);
}

void cli_group_clear(CliGroupOptions *o)
{
    g_clear_pointer(&o->group_by, g_free);
    g_clear_pointer(&o->groups, g_free);
    g_clear_pointer(&o->labels, g_free);
}
