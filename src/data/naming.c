#include "data/naming.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <string.h>

GRegex *leuko_naming_group_regex(const char *pattern, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, &why);
    if (regex && g_regex_get_capture_count(regex) >= 1)
        return g_steal_pointer(&regex);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "group expression \"%s\": %s", pattern,
                why ? why->message : "needs one (group) in parentheses");
    return NULL;
}

gchar *leuko_naming_group(GRegex *regex, const char *file, LeukoGroupPolicy policy, GError **error)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree gchar *group =
        g_regex_match(regex, file, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
    if (group && *group)
        return g_steal_pointer(&group);
    if (policy == LEUKO_GROUP_OPTIONAL)
        return g_strdup("");
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "group expression \"%s\" does not match %s; every image must have a group",
                g_regex_get_pattern(regex), file);
    return NULL;
}

gint leuko_naming_truth(const char *file)
{
    const char *dot = strrchr(file, '.');
    if (!dot || dot - file < 2 || dot[-2] != '_' || (dot[-1] != '0' && dot[-1] != '1'))
        return -1;
    return dot[-1] - '0';
}

gsize leuko_naming_copy_prefix(const char *name)
{
    static const char *const prefixes[] = {"Gray-", "Hist-",  "Hor-",  "Ver-",
                                           "Gaus-", "Trans-", "Shear-"};
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return strlen(prefixes[i]);
    const char *p = name + (*name == '-'); /* the degrees may be negative */
    gsize degrees = strspn(p, "0123456789");
    if (degrees < 1 || degrees > 3 || p[degrees] != '-')
        return 0;
    gsize index = strspn(p + degrees + 1, "0123456789");
    if (index < 1 || index > 3 || p[degrees + 1 + index] != '-')
        return 0;
    return (gsize)(p - name) + degrees + 1 + index + 1;
}

gsize leuko_naming_stem(const char *file)
{
    static const char *const others[] = {".jfif", ".jpe", ".jif", ".jfi"};
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    gboolean is_ending = dot && dot != name && leuko_image_has_supported_name(name);
    for (gsize i = 0; dot && dot != name && i < G_N_ELEMENTS(others); i++)
        is_ending |= g_ascii_strcasecmp(dot, others[i]) == 0;
    return is_ending ? (gsize)(dot - file) : strlen(file);
}
