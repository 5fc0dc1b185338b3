/* report/profile-page.h: a profile as one HTML page: a drawing of the network colored by time, and
 * a table of the steps. The page needs no script and no other file, and has a light and a dark
 * style. */
#pragma once
#include "answer/runnable.h"
#include "engine/profile.h"

G_BEGIN_DECLS

/* title: the name of the profiled file; it may hold any bytes. g_free. */
gchar *leuko_profile_page(const LeukoProfile *profile, const LeukoRunnable *runnable,
                          const char *title);

G_END_DECLS
