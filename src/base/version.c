#include "leuko/version.h"
#include "config.h"

const char *leuko_version(void) { return LEUKO_VERSION; }

gboolean leuko_version_is_at_least(guint major, guint minor, guint micro)
{
    const guint ours[] = {LEUKO_VERSION_MAJOR, LEUKO_VERSION_MINOR, LEUKO_VERSION_MICRO};
    const guint wanted[] = {major, minor, micro};
    for (guint i = 0; i < G_N_ELEMENTS(ours); i++)
        if (ours[i] != wanted[i])
            return ours[i] > wanted[i];
    return TRUE;
}
