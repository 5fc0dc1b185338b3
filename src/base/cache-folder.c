#include "base/cache-folder.h"

gchar *leuko_cache_folder(const char *name)
{
    const char *given = g_getenv("LEUKO_CACHE");
    return given && *given ? g_strdup(given)
                           : g_build_filename(g_get_user_cache_dir(), "leuko", name, NULL);
}
