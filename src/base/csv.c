#include "base/csv.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "leuko/error.h"
#include <string.h>

struct LeukoCsv {
    gchar *path;
    GStringChunk *text;
    GPtrArray *fields; /* all rows one after another, the column names first */
    GArray *lines;     /* of guint: the line of each row, the column names first */
    guint n_columns;
};

void leuko_csv_append(GString *rows, const char *text)
{
    g_autofree gchar *owned = leuko_one_line(text);
    const char *field = owned;
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

/* What is being read: the position, and the line it is in. */
typedef struct {
    const char *p;
    guint line;
    char separator;
} Reader;

static gboolean bad(const char *path, guint line, const char *what, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: line %u: %s", path, line, what);
    return FALSE;
}

static void skip_blanks(Reader *r)
{
    while (*r->p == ' ' || (*r->p == '\t' && r->separator != '\t'))
        r->p++;
}

static gboolean is_line_end(char c) { return c == '\r' || c == '\n'; }

/* Step over CR LF, LF or CR. */
static void skip_line_end(Reader *r)
{
    r->p += r->p[0] == '\r' && r->p[1] == '\n' ? 2 : 1;
    r->line++;
}

/* The rest of a field after its opening quote; then blanks up to the separator or line end. */
static gboolean take_quoted(Reader *r, GString *field)
{
    while (*r->p) {
        if (*r->p == '"' && r->p[1] != '"') {
            r->p++;
            skip_blanks(r);
            return *r->p == r->separator || is_line_end(*r->p) || *r->p == '\0';
        }
        r->p += *r->p == '"';
        r->line += *r->p == '\n' || (*r->p == '\r' && r->p[1] != '\n');
        g_string_append_c(field, *r->p++);
    }
    return FALSE;
}

/* Read one field; afterwards the reader is at the separator, line end or NUL that follows it. */
static gboolean take_field(Reader *r, GString *field)
{
    const char *start = r->p;
    const char ends[] = {r->separator, '\r', '\n', '\0'};
    g_string_truncate(field, 0);
    skip_blanks(r);
    if (*r->p == '"') {
        r->p++;
        return take_quoted(r, field);
    }
    r->p = start + strcspn(start, ends);
    g_string_append_len(field, start, r->p - start);
    return TRUE;
}

/* Read one row; its fields are added. */
static gboolean take_row(LeukoCsv *csv, Reader *r, GString *field, guint *n, GError **error)
{
    guint line = r->line;
    for (*n = 0;;) {
        if (!take_field(r, field))
            return bad(csv->path, line, "an unclosed quote, or text after a closing quote", error);
        g_ptr_array_add(csv->fields, g_string_chunk_insert(csv->text, field->str));
        ++*n;
        if (*r->p != r->separator)
            return TRUE;
        r->p++;
    }
}

static gboolean parse(LeukoCsv *csv, Reader r, GError **error)
{
    g_autoptr(GString) field = g_string_new(NULL);
    while (*r.p) {
        if (is_line_end(*r.p)) {
            skip_line_end(&r);
            continue;
        }
        guint n, line = r.line;
        if (!take_row(csv, &r, field, &n, error))
            return FALSE;
        g_array_append_val(csv->lines, line);
        if (csv->n_columns == 0)
            csv->n_columns = n;
        if (n != csv->n_columns) {
            g_autofree gchar *what = g_strdup_printf("%u %s, but the first line has %u", n,
                                                     LEUKO_PLURAL(n, "field"), csv->n_columns);
            return bad(csv->path, line, what, error);
        }
        if (*r.p)
            skip_line_end(&r);
    }
    return csv->n_columns > 0 ? TRUE : bad(csv->path, 1, "empty", error);
}

static LeukoCsv *read_table(const char *path, const Reader *at, char separator, GError **error)
{
    g_autoptr(LeukoCsv) csv = g_new0(LeukoCsv, 1);
    csv->path = g_strdup(path);
    csv->text = g_string_chunk_new(4096);
    csv->fields = g_ptr_array_new();
    csv->lines = g_array_new(FALSE, FALSE, sizeof(guint));
    return parse(csv, (Reader){at->p, at->line, separator}, error) ? g_steal_pointer(&csv) : NULL;
}

void leuko_csv_free(LeukoCsv *csv)
{
    if (!csv)
        return;
    g_free(csv->path);
    g_string_chunk_free(csv->text);
    g_ptr_array_unref(csv->fields);
    g_array_unref(csv->lines);
    g_free(csv);
}

/* The separators that the first row has outside quotes, of ";", "\t" and ",". */
static guint find_separators(const char *row, char found[3])
{
    static const char kinds[] = ";\t,";
    guint n = 0;
    for (const char *kind = kinds; *kind; kind++) {
        gboolean quoted = FALSE, has = FALSE;
        for (const char *p = row; *p && !has && (quoted || !is_line_end(*p)); p++) {
            quoted ^= *p == '"';
            has = !quoted && *p == *kind;
        }
        if (has)
            found[n++] = *kind;
    }
    return n;
}

static const char *separator_name(char separator)
{
    return separator == ';' ? "semicolons" : separator == ',' ? "commas" : "tabs";
}

/* Read with the separator that the first row has; of several, with the one that gives every row the
 * same number of fields. */
static LeukoCsv *read_any(const char *path, const Reader *at, GError **error)
{
    char kinds[3];
    char kept = 0;
    guint n = find_separators(at->p + strspn(at->p, "\r\n"), kinds);
    g_autoptr(LeukoCsv) found = NULL;
    if (n < 2)
        return read_table(path, at, n == 1 ? kinds[0] : ',', error);
    for (guint i = 0; i < n; i++) {
        g_autoptr(LeukoCsv) csv = read_table(path, at, kinds[i], NULL);
        if (!csv)
            continue;
        if (found) {
            g_autofree gchar *what = g_strdup_printf(
                "the columns may be separated by %s or by %s; write \"sep=%c\" as the first line",
                separator_name(kept), separator_name(kinds[i]), kept);
            bad(path, at->line, what, error);
            return NULL;
        }
        kept = kinds[i];
        found = g_steal_pointer(&csv);
    }
    return found ? g_steal_pointer(&found) : read_table(path, at, kinds[0], error);
}

/* A first line `sep=X`, also in quotes: step over it and return X; else 0. */
static char take_separator_line(Reader *at)
{
    const char *p = at->p + (at->p[0] == '"');
    gsize end = 5 + (gsize)(p - at->p);
    if (g_ascii_strncasecmp(p, "sep=", 4) != 0 || !p[4] || is_line_end(p[4]) ||
        (p[5] && !is_line_end(p[5]) && p[5] != '"'))
        return 0;
    at->p += end;
    at->p += strcspn(at->p, "\r\n");
    if (*at->p)
        skip_line_end(at);
    return p[4];
}

/* UTF-16 with a byte-order mark becomes UTF-8; other text is returned as it is. Takes `text`. */
static gchar *to_utf8(const char *path, gchar *text, gsize *n, GError **error)
{
    g_autofree gchar *owned = text;
    gboolean little = *n >= 2 && memcmp(text, "\xff\xfe", 2) == 0;
    if (!little && !(*n >= 2 && memcmp(text, "\xfe\xff", 2) == 0))
        return g_steal_pointer(&owned);
    g_autoptr(GError) why = NULL;
    gchar *utf8 = g_convert(text + 2, (gssize)(*n - 2), "UTF-8", little ? "UTF-16LE" : "UTF-16BE",
                            NULL, n, &why);
    if (!utf8)
        bad(path, 1, "the text is not UTF-16, though it begins with its byte-order mark", error);
    return utf8;
}

/* Refuse what is no text, with the line. */
static gboolean check_text(const char *path, const char *text, gsize n, GError **error)
{
    const char *end = NULL;
    if (n >= 4 && (memcmp(text, "PK\3\4", 4) == 0 || memcmp(text, "\xd0\xcf\x11\xe0", 4) == 0))
        return bad(path, 1, "a spreadsheet or archive, not text; save the table as CSV", error);
    if (g_utf8_validate(text, (gssize)n, &end))
        return TRUE;
    guint line = 1;
    for (const char *p = text; p < end; p++)
        line += *p == '\n' || (*p == '\r' && p[1] != '\n');
    return bad(path, line, "the text is not UTF-8; save the table as UTF-8", error);
}

LeukoCsv *leuko_csv_load(const char *path, GError **error)
{
    gchar *bytes = NULL;
    gsize n = 0;
    if (!leuko_read_file(path, &bytes, &n, error))
        return NULL;
    g_autofree gchar *text = to_utf8(path, bytes, &n, error);
    if (!text || !check_text(path, text, n, error))
        return NULL;
    Reader at = {g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text, 1, 0};
    char separator = take_separator_line(&at);
    return separator ? read_table(path, &at, separator, error) : read_any(path, &at, error);
}

gint leuko_csv_column(const LeukoCsv *csv, const char *name, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < csv->n_columns; i++) {
        if (strcmp(csv->fields->pdata[i], name) == 0)
            return (gint)i;
        g_string_append_printf(names, "%s\"%s\"", i ? ", " : "", (char *)csv->fields->pdata[i]);
    }
    g_autofree gchar *line = leuko_one_line(names->str);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: has no column \"%s\", only %s",
                csv->path, name, line);
    return -1;
}

guint leuko_csv_n_columns(const LeukoCsv *csv) { return csv->n_columns; }

const char *leuko_csv_column_name(const LeukoCsv *csv, guint column)
{
    g_assert(column < csv->n_columns);
    return csv->fields->pdata[column];
}

guint leuko_csv_n_rows(const LeukoCsv *csv) { return csv->fields->len / csv->n_columns - 1; }

const char *leuko_csv_get(const LeukoCsv *csv, guint row, gint column)
{
    g_assert(row < leuko_csv_n_rows(csv) && column >= 0 && (guint)column < csv->n_columns);
    return csv->fields->pdata[(gsize)(row + 1) * csv->n_columns + (guint)column];
}

guint leuko_csv_line(const LeukoCsv *csv, guint row)
{
    g_assert(row < leuko_csv_n_rows(csv));
    return g_array_index(csv->lines, guint, row + 1);
}
