/* report/profile-page.h: a profile as one HTML page: the network drawn and colored by time, the table
 * of its steps. The page stands alone: no script, no other file, light and dark. */
#pragma once
#include "answer/runnable.h"
#include "engine/profile.h"

G_BEGIN_DECLS

/* New text, g_free. `title` is the file's name, of unknown origin. */
gchar *leuko_profile_page(const LeukoProfile *profile, const LeukoRunnable *runnable,
                          const char *title);

G_END_DECLS
