#include "cli/views-option.h"
#include "cli/cli.h"
#include "cli/option-rules.h"
#include "image/views.h"

gboolean cli_views(const char *name, gint n_views, GError **error)
{
    if (!cli_is_given(name) || (n_views > 0 && leuko_views_possible((guint)n_views)))
        return TRUE;
    return cli_wrong_usage(error, "--%s %d: must be 1, 2, 4 or 8", name, n_views);
}
