#include "data/naming.h"
#include "leuko/error.h"
#include <string.h>

GRegex *leuko_naming_group_regex(const char *pattern, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, &why);
    if (regex && g_regex_get_capture_count(regex) >= 1)
        return g_steal_pointer(&regex);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "--group-by \"%s\": %s", pattern,
                why ? why->message : "needs one (group) in parentheses");
    return NULL;
}

gchar *leuko_naming_group(GRegex *regex, const char *file)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree gchar *group =
        g_regex_match(regex, file, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
    return group && *group ? g_steal_pointer(&group) : NULL;
}

gint leuko_naming_truth(const char *file)
{
    const char *dot = strrchr(file, '.');
    if (!dot || dot - file < 2 || dot[-2] != '_' || (dot[-1] != '0' && dot[-1] != '1'))
        return -1;
    return dot[-1] - '0';
}
