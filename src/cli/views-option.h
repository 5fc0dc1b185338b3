/* cli/views-option.h: the options --views and --train-views of commands that run or train a
 * model. */
#pragma once
#include <glib.h>

/* Wrong usage if the option `name` is given with another number than 1, 2, 4 or 8. */
gboolean cli_views(const char *name, gint n_views, GError **error);
