#include "cli/group-options.h"
#include "data/class-map.h"
#include "data/naming.h"
#include "data/pattern.h"
#include <string.h>

static gboolean check_expression(const char *option, const char *expression, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GRegex) regex = expression ? leuko_naming_group_regex(expression, &why) : NULL;
    return why ? cli_wrong_usage(error, "%s: %s", option, why->message) : TRUE;
}

gboolean cli_group_options(CliGroupOptions *o, LeukoFolderOptions *out, GError **error)
{
    const struct {
        const char *one, *other;
        gboolean both;
    } pairs[] = {{"--group-by", "--group-by-path", o->group_by && o->group_by_path},
                 {"--group-by-path", "--groups", o->group_by_path && o->groups},
                 {"--labels", "--labels-from-names", o->labels && o->labels_from_names}};
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++)
        if (pairs[i].both)
            return cli_wrong_usage(error, "%s and %s exclude each other", pairs[i].one,
                                   pairs[i].other);
    g_autoptr(GError) why = NULL;
    LeukoPattern pattern;
    if (!check_expression("--group-by", o->group_by, error) ||
        !check_expression("--group-by-path", o->group_by_path, error))
        return FALSE;
    if (o->layout && !leuko_pattern_parse(o->layout, &pattern, &why))
        return cli_wrong_usage(error, "--layout: %s", why->message);
    g_free(o->all_classes);
    o->all_classes = o->classes ? g_strjoinv(";", o->classes) : NULL;
    g_autoptr(GHashTable) map = o->all_classes ? leuko_class_map_parse(o->all_classes, &why) : NULL;
    if (why)
        return cli_wrong_usage(error, "--classes: %s", why->message);
    *out = (LeukoFolderOptions){.classes = o->all_classes,
                                .group_by = o->group_by,
                                .group_by_path = o->group_by_path,
                                .groups = o->groups,
                                .labels = o->labels,
                                .layout = o->layout,
                                .labels_from_names = o->labels_from_names};
    return TRUE;
}

gboolean cli_group_explain(GError **error)
{
    if (!error || !*error || !strstr((*error)->message, "the model has no class \""))
        return FALSE;
    cli_append_hint(error, "; --classes CLASS=NAME gives classes of the data other names");
    return FALSE;
}

void cli_group_clear(CliGroupOptions *o)
{
    g_clear_pointer(&o->group_by, g_free);
    g_clear_pointer(&o->group_by_path, g_free);
    g_clear_pointer(&o->groups, g_free);
    g_clear_pointer(&o->labels, g_free);
    g_clear_pointer(&o->layout, g_free);
    g_clear_pointer(&o->classes, g_strfreev);
    g_clear_pointer(&o->all_classes, g_free);
}
