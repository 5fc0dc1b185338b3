/* base/names.h: names of files, in the one order that all commands use: that of their bytes. */
#pragma once
#include <glib.h>

/* For g_ptr_array_sort() of strings. */
gint leuko_compare_names(gconstpointer a, gconstpointer b);

/* The names in a folder but hidden ones (.NAME), sorted; files and folders alike, in any encoding.
 * Errors: LEUKO_ERROR_IO. */
GPtrArray *leuko_list_names(const char *folder, GError **error);
