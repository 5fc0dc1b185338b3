/* base/cache-folder.h: where Leuko keeps files that it can compute again. */
#pragma once
#include <glib.h>

/* $LEUKO_CACHE if it is set, else leuko/NAME in the user's cache folder (XDG). The folder may not
 * exist yet. g_free. */
gchar *leuko_cache_folder(const char *name);
