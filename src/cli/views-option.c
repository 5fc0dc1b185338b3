#include "cli/views-option.h"
#include "cli/cli.h"
#include "cli/option-rules.h"
#include "image/views.h"

gboolean cli_views(gint n_views, GError **error)
{
    if (!cli_is_given("views") || (n_views > 0 && leuko_views_possible((guint)n_views)))
        return TRUE;
    return cli_wrong_usage(error, "--views %d: must be 1, 2, 4 or 8", n_views);
}
