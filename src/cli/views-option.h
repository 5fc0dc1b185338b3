/* cli/views-option.h: the option --views of commands that run or train a model. */
#pragma once
#include <glib.h>

/* Wrong usage if --views is given with another number than 1, 2, 4 or 8. */
gboolean cli_views(gint n_views, GError **error);
