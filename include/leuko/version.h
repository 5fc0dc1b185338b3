/* leuko/version.h: the version of the headers that a program was compiled with and of the library
 * that it runs with, and the notice that belongs to every result.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Show this with every result that resembles a diagnosis. */
#define LEUKO_RESEARCH_ONLY "Research use only, not for diagnosis."

/* Of the headers. */
#define LEUKO_VERSION_MAJOR 0
#define LEUKO_VERSION_MINOR 1
#define LEUKO_VERSION_MICRO 0

/* TRUE if the headers are of this version or a later one; for #if. */
#define LEUKO_CHECK_VERSION(major, minor, micro)                                                   \
    (LEUKO_VERSION_MAJOR > (major) ||                                                              \
     (LEUKO_VERSION_MAJOR == (major) && LEUKO_VERSION_MINOR > (minor)) ||                          \
     (LEUKO_VERSION_MAJOR == (major) && LEUKO_VERSION_MINOR == (minor) &&                          \
      LEUKO_VERSION_MICRO >= (micro)))

/* "MAJOR.MINOR.MICRO" of the library; static. */
const char *leuko_version(void);
/* TRUE if the library is of this version or a later one. */
gboolean leuko_version_is_at_least(guint major, guint minor, guint micro);

G_END_DECLS
