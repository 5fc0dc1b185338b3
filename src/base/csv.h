/* base/csv.h: tables of values separated by commas, semicolons or tabs (as in RFC 4180).
 *
 * The first row holds the column names. A field with a separator, a quote or a line end is in
 * double quotes, and quotes inside it are doubled.
 *
 * Reading takes what spreadsheets write: lines that end in CR LF, LF or CR; a first line "sep=;";
 * a byte-order mark; UTF-8, or UTF-16 with a byte-order mark; blanks around a quoted field; empty
 * lines, which are no rows; comments, which are lines that begin with "#" before the column names,
 * or later with another number of fields than the rows. The separator is the one that the first
 * row has. Where that row has several, it is the one that gives every row the same number of
 * fields.
 *
 * Memory is drawn from a budget of the file's size (base/budget.h); a table of separators alone
 * takes 9 bytes for each byte of the file. */
#pragma once
#include <glib.h>

/* Append one field, written as leuko_one_line() does, with a comma before it unless it is the first
 * of its row. */
void leuko_csv_append(GString *rows, const char *text);
void leuko_csv_end_row(GString *rows);

typedef struct LeukoCsv LeukoCsv;

/* Read a whole table. Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT with the line number (an unclosed
 * quote, a row with a different number of fields, text that is not UTF-8, two possible
 * separators). */
LeukoCsv *leuko_csv_load(const char *path, GError **error);
void leuko_csv_free(LeukoCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCsv, leuko_csv_free)

/* The index of the column of exactly this name, or -1 with LEUKO_ERROR_FORMAT, which lists the
 * columns. */
gint leuko_csv_column(const LeukoCsv *csv, const char *name, GError **error);
/* The names of the first columns, for messages: "\"file\", \"label\" and 3 more". g_free. */
gchar *leuko_csv_list_columns(const LeukoCsv *csv);
guint leuko_csv_n_columns(const LeukoCsv *csv);
const char *leuko_csv_column_name(const LeukoCsv *csv, guint column); /* borrowed */
guint leuko_csv_n_rows(const LeukoCsv *csv);                          /* without the column names */
/* A field, borrowed. */
const char *leuko_csv_get(const LeukoCsv *csv, guint row, gint column);
/* The line of the file in which a row begins, from 1. */
guint leuko_csv_line(const LeukoCsv *csv, guint row);
