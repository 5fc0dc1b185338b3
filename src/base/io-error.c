#include "base/io-error.h"
#include "leuko/error.h"
#include <errno.h>

gboolean leuko_fail_io(const char *path, const char *verb, GError **error)
{
    int e = errno;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_IO, "%s: cannot %s: %s", path, verb, g_strerror(e));
    return FALSE;
}

gboolean leuko_read_file(const char *path, gchar **contents, gsize *n_bytes, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (g_file_get_contents(path, contents, n_bytes, &why))
        return TRUE;
    g_set_error_literal(error, LEUKO_ERROR, LEUKO_ERROR_IO, why->message);
    return FALSE;
}
