/* base/csv.h: comma-separated values as RFC 4180 writes them: a first row of names, fields with
 * commas, quotes or line ends in double quotes, quotes doubled. */
#pragma once
#include <glib.h>

/* Add one field, and a comma before it unless it is the row's first. */
void leuko_csv_append(GString *rows, const char *field);
void leuko_csv_end_row(GString *rows);

typedef struct LeukoCsv LeukoCsv;

/* Read a whole table of at most 1 GiB. Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT with the line
 * (a quote that never ends, a row with another number of fields, text that is not UTF-8). */
LeukoCsv *leuko_csv_load(const char *path, GError **error);
void leuko_csv_free(LeukoCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCsv, leuko_csv_free)

/* Column of this name, or -1 with LEUKO_ERROR_FORMAT. */
gint leuko_csv_column(const LeukoCsv *csv, const char *name, GError **error);
guint leuko_csv_n_rows(const LeukoCsv *csv); /* without the row of names */
const char *leuko_csv_get(const LeukoCsv *csv, guint row, gint column);
