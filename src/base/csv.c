#include "base/csv.h"
#include "base/budget.h"
#include "base/error.h"
#include "base/io-error.h"
#include "base/plural.h"
#include "leuko/error.h"
#include <string.h>

struct LeukoCsv {
    gchar *path;
    guint n_columns, n_rows; /* the column names are row 0 */
    const char **fields;     /* (n_rows * n_columns), row by row, into `text` */
    gchar *text;             /* all fields, each with a NUL behind it */
    guint *lines;            /* (n_rows): the line in which each row begins */
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

/* The size of a table. Without `into`, rows are only counted; with it, they are stored there, in
 * order of the file, and `into` has room for them. */
typedef struct {
    LeukoCsv *into;
    guint n_columns, n_rows;
    gsize n_fields, n_text;
} Size;

static void take_text(Size *size, const GString *field)
{
    gsize n = strlen(field->str) + 1; /* a NUL ends the text */
    if (size->into) {
        gchar *to = size->into->text + size->n_text;
        size->into->fields[size->n_fields] = memcpy(to, field->str, n);
    }
    size->n_fields++;
    size->n_text += n;
}

/* Read one row. */
static gboolean take_row(const char *path, Size *size, Reader *r, GString *field, guint *n,
                         GError **error)
{
    guint line = r->line;
    for (*n = 0;;) {
        if (!take_field(r, field))
            return bad(path, line, "an unclosed quote, or text after a closing quote", error);
        take_text(size, field);
        ++*n;
        if (*r->p != r->separator)
            return TRUE;
        r->p++;
    }
}

/* The separators of a line outside quotes. */
static guint count_separators(const char *line, char separator)
{
    guint n = 0;
    gboolean quoted = FALSE;
    for (const char *p = line; *p && (quoted || !is_line_end(*p)); p++) {
        quoted ^= *p == '"';
        n += !quoted && *p == separator ? 1 : 0;
    }
    return n;
}

/* A line that begins with "#" and has another number of fields than the rows. */
static gboolean is_comment(const Reader *r, guint n_columns)
{
    return *r->p == '#' && count_separators(r->p, r->separator) + 1 != n_columns;
}

/* Read all rows from `r` on. */
static gboolean parse(const char *path, Reader r, Size *size, GError **error)
{
    g_autoptr(GString) field = g_string_new(NULL);
    while (*r.p) {
        if (leuko_is_cancelled(g_cancellable_get_current(), error))
            return FALSE;
        if (is_line_end(*r.p)) {
            skip_line_end(&r);
            continue;
        }
        if (size->n_columns > 0 && is_comment(&r, size->n_columns)) {
            r.p += strcspn(r.p, "\r\n");
            continue;
        }
        guint n, line = r.line;
        if (!take_row(path, size, &r, field, &n, error))
            return FALSE;
        if (size->into)
            size->into->lines[size->n_rows] = line;
        size->n_rows++;
        if (size->n_columns == 0)
            size->n_columns = n;
        if (n != size->n_columns) {
            g_autofree gchar *what = g_strdup_printf("%u %s, but the first line has %u", n,
                                                     LEUKO_PLURAL(n, "field"), size->n_columns);
            return bad(path, line, what, error);
        }
        if (*r.p)
            skip_line_end(&r);
    }
    return size->n_columns > 0 ? TRUE : bad(path, 1, "empty", error);
}

/* Measure the table with `separator`. */
static gboolean measure(const char *path, const Reader *at, char separator, Size *size,
                        GError **error)
{
    *size = (Size){0};
    return parse(path, (Reader){at->p, at->line, separator}, size, error);
}

/* Read the table, which has been measured. */
static LeukoCsv *read_table(const char *path, const Reader *at, char separator, const Size *size,
                            GError **error)
{
    g_auto(LeukoBudget) budget;
    leuko_budget_start(&budget, path, strlen(at->p));
    g_autoptr(LeukoCsv) csv = g_new0(LeukoCsv, 1);
    csv->path = g_strdup(path);
    csv->n_columns = size->n_columns;
    csv->n_rows = size->n_rows;
    csv->fields = leuko_budget_alloc(&budget, size->n_fields * sizeof *csv->fields);
    csv->text = leuko_budget_alloc(&budget, size->n_text);
    csv->lines = leuko_budget_alloc(&budget, size->n_rows * sizeof *csv->lines);
    if (!csv->fields || !csv->text || !csv->lines) {
        leuko_budget_fail(&budget, error);
        return NULL;
    }
    Size stored = {.into = csv};
    return parse(path, (Reader){at->p, at->line, separator}, &stored, error) ? g_steal_pointer(&csv)
                                                                             : NULL;
}

void leuko_csv_free(LeukoCsv *csv)
{
    if (!csv)
        return;
    g_free(csv->path);
    g_free(csv->fields);
    g_free(csv->text);
    g_free(csv->lines);
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

/* Find the separator that the first row has; of several, the one that gives every row the same
 * number of fields. */
static gboolean find_separator(const char *path, const Reader *at, char *separator, Size *size,
                               GError **error)
{
    char kinds[3], kept = 0;
    guint n = find_separators(at->p + strspn(at->p, "\r\n"), kinds);
    for (guint i = 0; n > 1 && i < n; i++) {
        Size one;
        if (!measure(path, at, kinds[i], &one, NULL))
            continue;
        if (kept) {
            g_autofree gchar *what = g_strdup_printf(
                "the columns may be separated by %s or by %s; write \"sep=%c\" as the first line",
                separator_name(kept), separator_name(kinds[i]), kept);
            return bad(path, at->line, what, error);
        }
        kept = kinds[i];
    }
    *separator = kept ? kept : n > 0 ? kinds[0] : ',';
    return measure(path, at, *separator, size, error);
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

/* Step over lines that begin with "#" before the column names. A last such line with as many fields
 * as the one behind it holds the names: "#file,class". */
static void skip_comments(Reader *at)
{
    while (*at->p == '#') {
        Reader next = *at;
        next.p += strcspn(next.p, "\r\n");
        while (is_line_end(*next.p))
            skip_line_end(&next);
        for (const char *kind = ";\t,"; *kind && *next.p && *next.p != '#'; kind++) {
            guint n = count_separators(at->p, *kind);
            if (n > 0 && n == count_separators(next.p, *kind))
                return;
        }
        *at = next;
    }
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
    skip_comments(&at);
    Size size;
    if (!(separator ? measure(path, &at, separator, &size, error)
                    : find_separator(path, &at, &separator, &size, error)))
        return NULL;
    return read_table(path, &at, separator, &size, error);
}

gchar *leuko_csv_list_columns(const LeukoCsv *csv)
{
    enum { MOST = 20, MOST_BYTES = 60 };
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < MIN(csv->n_columns, MOST); i++) {
        g_autofree gchar *name = leuko_one_line_cut(csv->fields[i], MOST_BYTES);
        g_string_append_printf(names, "%s\"%s\"", i ? ", " : "", name);
    }
    if (csv->n_columns > MOST)
        g_string_append_printf(names, " and %u more", csv->n_columns - MOST);
    return g_string_free(names, FALSE);
}

gint leuko_csv_column(const LeukoCsv *csv, const char *name, GError **error)
{
    for (guint i = 0; i < csv->n_columns; i++)
        if (strcmp(csv->fields[i], name) == 0)
            return (gint)i;
    g_autofree gchar *columns = leuko_csv_list_columns(csv);
    leuko_fail_format(csv->path, error, "has no column \"%s\", only %s", name, columns);
    return -1;
}

guint leuko_csv_n_columns(const LeukoCsv *csv) { return csv->n_columns; }

const char *leuko_csv_column_name(const LeukoCsv *csv, guint column)
{
    g_assert(column < csv->n_columns);
    return csv->fields[column];
}

guint leuko_csv_n_rows(const LeukoCsv *csv) { return csv->n_rows - 1; }

const char *leuko_csv_get(const LeukoCsv *csv, guint row, gint column)
{
    g_assert(row < leuko_csv_n_rows(csv) && column >= 0 && (guint)column < csv->n_columns);
    return csv->fields[(gsize)(row + 1) * csv->n_columns + (guint)column];
}

guint leuko_csv_line(const LeukoCsv *csv, guint row)
{
    g_assert(row < leuko_csv_n_rows(csv));
    return csv->lines[row + 1];
}
