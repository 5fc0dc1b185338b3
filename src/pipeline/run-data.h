/* pipeline/run-data.h: tells whether the data of a run changed between two calls. */
#pragma once
#include "leuko/run-types.h"

G_BEGIN_DECLS

/* A digest of the names, sizes and modification times of all images below `data`, and of the tables
 * and weights that `options` name; the contents are not read. Free with g_free().
 * Errors: LEUKO_ERROR_IO: `data` cannot be read. */
gchar *leuko_run_data_digest(const char *data, const LeukoRunOptions *options, GError **error);

G_END_DECLS
