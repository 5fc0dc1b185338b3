/* base/file-names.h: names of files in the one order that all commands use: by their bytes. */
#pragma once
#include <glib.h>

/* For g_ptr_array_sort() of strings: strcmp() order, whatever the locale. */
gint leuko_compare_names(gconstpointer a, gconstpointer b);

/* The names in a folder, sorted: files and folders, in any encoding, without hidden names (.NAME).
 * Returns an array of gchar *. Errors: LEUKO_ERROR_IO. */
GPtrArray *leuko_list_names(const char *folder, GError **error);
