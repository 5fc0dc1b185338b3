#include "data/file-table.h"
#include "base/csv.h"
#include "base/error.h"
#include <string.h>

/* What a column may be called; the first name decides. */
static const char *const file_names[] = {"file",     "filename",   "image",      "name",
                                         "path",     "new_names",  "file_name",  "file_path",
                                         "filepath", "image_name", "image_file", "image_path",
                                         "image_id", "img",        NULL};
static const char *const class_names[] = {"class",    "label",      "labels",    "diagnosis",
                                          "category", "class_name", "cell_type", NULL};
static const char *const group_names[] = {"group",      "patient", "patient_id", "subject",
                                          "subject_id", "case",    "case_id",    "slide",
                                          "slide_id",   NULL};

static void row_clear(gpointer data)
{
    LeukoTableRow *row = data;
    g_free(row->file);
    g_free(row->value);
}

void leuko_file_table_free(LeukoFileTable *table)
{
    if (!table)
        return;
    g_free(table->path);
    g_array_unref(table->rows);
    g_free(table);
}

/* "Patient ID " -> "patient_id" */
static gchar *plain_name(const char *name)
{
    gchar *plain = g_strstrip(g_utf8_strdown(name, -1));
    return g_strdelimit(plain, " -", '_');
}

/* The column that has one of the names. -1: none; -2 with an error: two. */
static gint find_one(const LeukoCsv *csv, const char *path, const char *const *names,
                     const char *what, GError **error)
{
    gint found = -1;
    for (guint c = 0; c < leuko_csv_n_columns(csv); c++) {
        g_autofree gchar *name = plain_name(leuko_csv_column_name(csv, c));
        if (!g_strv_contains(names, name))
            continue;
        if (found >= 0) {
            leuko_fail_format(path, error,
                              "the columns \"%s\" and \"%s\" may both hold the %s; name the right "
                              "one \"%s\", and no other",
                              leuko_csv_column_name(csv, (guint)found),
                              leuko_csv_column_name(csv, c), what, what);
            return -2;
        }
        found = (gint)c;
    }
    return found;
}

/* The column for one purpose. -1 with an error: none, or two of equal right. */
static gint find_column(const LeukoCsv *csv, const char *path, const char *const *names,
                        GError **error)
{
    const char *const first[] = {names[0], NULL};
    gint found = find_one(csv, path, first, names[0], error);
    if (found == -1)
        found = find_one(csv, path, names, names[0], error);
    if (found != -1)
        return MAX(found, -1);
    g_autofree gchar *known = g_strjoinv(", ", (gchar **)names),
                     *columns = leuko_csv_list_columns(csv);
    leuko_fail_format(path, error, "has no column for the %s, only %s; name it one of %s", names[0],
                      columns, known);
    return -1;
}

/* A cell without blanks around it. */
static gchar *get_trimmed(const LeukoCsv *csv, guint row, gint column)
{
    const char *text = leuko_csv_get(csv, row, column), *end = text + strlen(text);
    while (*text && g_unichar_isspace(g_utf8_get_char(text)))
        text = g_utf8_next_char(text);
    while (end > text) {
        const char *last = g_utf8_find_prev_char(text, end);
        if (!last || !g_unichar_isspace(g_utf8_get_char(last)))
            break;
        end = last;
    }
    return g_strndup(text, (gsize)(end - text));
}

static gboolean is_empty_row(const LeukoCsv *csv, guint row)
{
    for (guint c = 0; c < leuko_csv_n_columns(csv); c++) {
        g_autofree gchar *cell = get_trimmed(csv, row, (gint)c);
        if (*cell)
            return FALSE;
    }
    return TRUE;
}

/* "./a\\b.png" -> "a/b.png" */
static gchar *clean_path(gchar *file)
{
    g_autofree gchar *owned = g_strdelimit(file, "\\", '/');
    const char *p = owned;
    while (g_str_has_prefix(p, "./"))
        p += 2;
    return g_strdup(p);
}

static gboolean add_row(LeukoFileTable *t, const LeukoCsv *csv, guint r, const gint columns[2],
                        GHashTable *seen, GError **error)
{
    guint line = leuko_csv_line(csv, r);
    g_autofree gchar *file = clean_path(get_trimmed(csv, r, columns[0]));
    g_autofree gchar *cell = get_trimmed(csv, r, columns[1]);
    g_autofree gchar *value = g_utf8_normalize(cell, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    for (guint c = 0; c < 2; c++)
        if (!*(c == 0 ? file : value))
            return leuko_fail_format(t->path, error, "line %u: empty cell in column \"%s\"", line,
                                     leuko_csv_column_name(csv, (guint)columns[c]));
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(seen, file));
    if (before > 0) {
        const LeukoTableRow *other = &g_array_index(t->rows, LeukoTableRow, before - 1);
        if (strcmp(other->value, value) == 0)
            return TRUE;
        return leuko_fail_format(t->path, error,
                                 "lines %u and %u: two %s values for %s: \"%s\" and \"%s\"",
                                 other->line, line, t->value_name, file, other->value, value);
    }
    LeukoTableRow row = {g_steal_pointer(&file), g_steal_pointer(&value), line};
    g_array_append_val(t->rows, row);
    g_hash_table_insert(seen, row.file, GUINT_TO_POINTER(t->rows->len));
    return TRUE;
}

LeukoFileTable *leuko_file_table_load(const char *path, LeukoTableValue value, GError **error)
{
    gboolean classes = value == LEUKO_TABLE_CLASS;
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, error);
    if (!csv)
        return NULL;
    gint columns[2] = {find_column(csv, path, file_names, error), -1};
    if (columns[0] >= 0)
        columns[1] = find_column(csv, path, classes ? class_names : group_names, error);
    if (columns[1] < 0)
        return NULL;
    g_autoptr(LeukoFileTable) t = g_new0(LeukoFileTable, 1);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    t->path = g_strdup(path);
    t->value_name = classes ? "class" : "group";
    t->rows = g_array_new(FALSE, FALSE, sizeof(LeukoTableRow));
    g_array_set_clear_func(t->rows, row_clear);
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        if (!is_empty_row(csv, r) && !add_row(t, csv, r, columns, seen, error))
            return NULL;
    if (t->rows->len > 0)
        return g_steal_pointer(&t);
    leuko_fail_format(path, error, "has column names but no rows");
    return NULL;
}
