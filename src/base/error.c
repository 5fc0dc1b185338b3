#include "leuko/error.h"
#include <gio/gio.h>

G_DEFINE_QUARK(leuko-error, leuko_error)

gboolean leuko_is_cancelled(GCancellable *cancellable, GError **error)
{
    if (!cancellable || !g_cancellable_is_cancelled(cancellable))
        return FALSE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_CANCELLED, "interrupted");
    return TRUE;
}
