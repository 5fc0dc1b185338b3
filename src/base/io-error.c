#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>

gboolean leuko_fail_io(const char *path, const char *verb, GError **error)
{
    int e = errno;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot %s: %s", path, verb, g_strerror(e));
    return FALSE;
}
