#include "base/csv.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "leuko/error.h"
#include <string.h>

struct LeukoCsv {
    gchar *path;
    GStringChunk *text;
    GPtrArray *fields; /* all rows one after another, the column names first */
    guint n_columns;
};

void leuko_csv_append(GString *rows, const char *field)
{
    if (rows->len > 0 && rows->str[rows->len - 1] != '\n')
        g_string_append_c(rows, ',');
    if (!strpbrk(field, ",\"\r\n")) {
        g_string_append(rows, field);
        if (!*field && (rows->len == 0 || rows->str[rows->len - 1] == '\n'))
            g_string_append(rows, "\"\""); /* makes an empty first field visible */
        return;
    }
    g_string_append_c(rows, '"');
    for (; *field; field++) {
        if (*field == '"')
            g_string_append_c(rows, '"');
        g_string_append_c(rows, *field);
    }
    g_string_append_c(rows, '"');
}

void leuko_csv_end_row(GString *rows) { g_string_append_c(rows, '\n'); }

static gboolean bad(const char *path, guint line, const char *what, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: line %u: %s", path, line, what);
    return FALSE;
}

/* Read one field at *p; afterwards *p is at the comma, line end or NUL that follows it. */
static gboolean take_field(const char **p, GString *field, guint *line)
{
    g_string_truncate(field, 0);
    if (**p != '"') {
        gsize n = strcspn(*p, ",\r\n");
        g_string_append_len(field, *p, (gssize)n);
        *p += n;
        return TRUE;
    }
    for (++*p; **p; ++*p) {
        if (**p == '"' && (*p)[1] == '"')
            ++*p;
        else if (**p == '"') {
            ++*p;
            return **p == ',' || **p == '\r' || **p == '\n' || **p == '\0';
        }
        *line += **p == '\n';
        g_string_append_c(field, **p);
    }
    return FALSE;
}

static gboolean parse(LeukoCsv *csv, const char *p, GError **error)
{
    g_autoptr(GString) field = g_string_new(NULL);
    guint line = 1, in_row = 0;
    while (*p) {
        if (!take_field(&p, field, &line))
            return bad(csv->path, line, "an unclosed quote, or text after a closing quote", error);
        g_ptr_array_add(csv->fields, g_string_chunk_insert(csv->text, field->str));
        in_row++;
        if (*p == ',') {
            p++;
            if (*p)
                continue;
            g_ptr_array_add(csv->fields, g_string_chunk_insert(csv->text, ""));
            in_row++;
        }
        if (csv->n_columns == 0)
            csv->n_columns = in_row;
        if (in_row != csv->n_columns) {
            g_autofree gchar *what = g_strdup_printf("%u %s, but the first line has %u", in_row,
                                                     LEUKO_PLURAL(in_row, "field"), csv->n_columns);
            return bad(csv->path, line, what, error);
        }
        p += *p == '\r';
        p += *p == '\n';
        line++;
        in_row = 0;
    }
    return csv->n_columns > 0 ? TRUE : bad(csv->path, 1, "empty", error);
}

LeukoCsv *leuko_csv_load(const char *path, GError **error)
{
    g_autofree gchar *text = NULL;
    gsize n = 0;
    if (!leuko_read_file(path, &text, &n, error))
        return NULL;
    const char *start = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text;
    if (!g_utf8_validate(text, (gssize)n, NULL)) {
        bad(path, 1, "the text is not UTF-8", error);
        return NULL;
    }
    g_autoptr(LeukoCsv) csv = g_new0(LeukoCsv, 1);
    csv->path = g_strdup(path);
    csv->text = g_string_chunk_new(4096);
    csv->fields = g_ptr_array_new();
    return parse(csv, start, error) ? g_steal_pointer(&csv) : NULL;
}

void leuko_csv_free(LeukoCsv *csv)
{
    if (!csv)
        return;
    g_free(csv->path);
    g_string_chunk_free(csv->text);
    g_ptr_array_unref(csv->fields);
    g_free(csv);
}

gint leuko_csv_column(const LeukoCsv *csv, const char *name, GError **error)
{
    for (guint i = 0; i < csv->n_columns; i++)
        if (strcmp(csv->fields->pdata[i], name) == 0)
            return (gint)i;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: has no column \"%s\"", csv->path,
                name);
    return -1;
}

guint leuko_csv_n_rows(const LeukoCsv *csv) { return csv->fields->len / csv->n_columns - 1; }

const char *leuko_csv_get(const LeukoCsv *csv, guint row, gint column)
{
    g_assert(row < leuko_csv_n_rows(csv) && column >= 0 && (guint)column < csv->n_columns);
    return csv->fields->pdata[(gsize)(row + 1) * csv->n_columns + (guint)column];
}
