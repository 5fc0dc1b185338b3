/* data/file-table.h: a CSV table that gives each image one value: its class, or its group. */
#pragma once
#include <glib.h>

typedef struct LeukoFileTable LeukoFileTable;

/* Read the columns `file` and `column`. Of several rows for one file the last counts.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (not a table, or a column is missing). */
LeukoFileTable *leuko_file_table_load(const char *path, const char *column, GError **error);

/* The value of an image, by its relative path or else by its bare name; NULL if it has no row.
 * Borrowed. */
const char *leuko_file_table_find(const LeukoFileTable *table, const char *file);

void leuko_file_table_free(LeukoFileTable *table); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoFileTable, leuko_file_table_free)
