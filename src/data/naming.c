#include "data/naming.h"
#include "base/error.h"
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

gchar *leuko_naming_group(GRegex *regex, const char *text, LeukoGroupPolicy policy, gint range[2],
                          GError **error)
{
    g_autoptr(GMatchInfo) match = NULL;
    gint none[2];
    gint *at = range ? range : none;
    at[0] = at[1] = 0;
    g_autofree gchar *group =
        g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
    if (group && *group) {
        g_match_info_fetch_pos(match, 1, &at[0], &at[1]);
        return g_steal_pointer(&group);
    }
    if (policy == LEUKO_GROUP_OPTIONAL)
        return g_strdup("");
    gboolean is_name = !strchr(text, '/') && strchr(g_regex_get_pattern(regex), '/');
    g_autofree gchar *shown = leuko_one_line(text);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                "group expression \"%s\" does not match %s; every image must have a group%s",
                g_regex_get_pattern(regex), shown,
                is_name ? " (the expression sees the file name without folders)" : "");
    return NULL;
}

gint leuko_naming_digit(const char *file)
{
    gsize n = leuko_naming_stem(file);
    return n < 2 || file[n - 2] != '_' || (file[n - 1] != '0' && file[n - 1] != '1')
               ? -1
               : file[n - 1] - '0';
}

gint leuko_naming_truth(const char *file)
{
    gsize n = leuko_naming_stem(file);
    return n >= 3 && g_ascii_isdigit(file[n - 3]) ? leuko_naming_digit(file) : -1;
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

gchar *leuko_naming_fold(const char *name)
{
    g_autofree gchar *folded = g_utf8_casefold(name, -1);
    return g_strstrip(g_utf8_normalize(folded, -1, G_NORMALIZE_DEFAULT_COMPOSE));
}

gsize leuko_naming_stem(const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    const char *dot = strrchr(name, '.');
    return dot && leuko_image_has_supported_name(name) ? (gsize)(dot - file) : strlen(file);
}
