/* base/csv.h: tables of comma-separated values (RFC 4180).
 *
 * The first row holds the column names. A field with a comma, a quote or a line end is in double
 * quotes, and quotes inside it are doubled. */
#pragma once
#include <glib.h>

/* Append one field, with a comma before it unless it is the first of its row. */
void leuko_csv_append(GString *rows, const char *field);
void leuko_csv_end_row(GString *rows);

typedef struct LeukoCsv LeukoCsv;

/* Read a whole table. Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT with the line number (an unclosed
 * quote, a row with a different number of fields, text that is not UTF-8). */
LeukoCsv *leuko_csv_load(const char *path, GError **error);
void leuko_csv_free(LeukoCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCsv, leuko_csv_free)

/* The index of the column of this name, or -1 with LEUKO_ERROR_FORMAT. */
gint leuko_csv_column(const LeukoCsv *csv, const char *name, GError **error);
guint leuko_csv_n_rows(const LeukoCsv *csv); /* without the column names */
/* A field, borrowed. */
const char *leuko_csv_get(const LeukoCsv *csv, guint row, gint column);
