#include "base/json.h"
#include "base/budget.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/map.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { MAX_DEPTH = 64 };
static const gint64 MAX_FILE_BYTES = 256 << 20;

/* What jansson allocates for each kind of value, malloc()'s share included: measured, and not less
 * than with jansson 2.13 and 2.14. An array and an object grow to the double. */
enum {
    OBJECT_BYTES = 272,
    ARRAY_BYTES = 144,
    STRING_BYTES = 96,
    OTHER_BYTES = 32,
    PLACE_BYTES = 48
};

typedef enum { FITS, TOO_DEEP, TOO_MUCH } Verdict;

/* Before jansson recurses and allocates: the nesting of brackets outside strings, and the memory of
 * all values. Each comma is one more value, each string at most one key or value. */
static Verdict survey(const char *text, gsize n_bytes, LeukoBudget *budget)
{
    gsize depth = 0, n_heap = 0;
    gboolean in_string = FALSE;
    for (gsize i = 0; i < n_bytes; i++) {
        char c = text[i];
        if (in_string) {
            n_heap++;
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = FALSE;
        } else if (c == '"') {
            n_heap += STRING_BYTES;
            in_string = TRUE;
        } else if (c == '{' || c == '[') {
            n_heap += c == '{' ? OBJECT_BYTES : ARRAY_BYTES;
            if (++depth > MAX_DEPTH)
                return TOO_DEEP;
        } else if (c == ',' || c == ':') {
            n_heap += c == ',' ? PLACE_BYTES : OTHER_BYTES;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return leuko_budget_steps(budget, n_bytes) && leuko_budget_heap(budget, n_heap) ? FITS
                                                                                    : TOO_MUCH;
}

/* The text for jansson in pieces, so that reading can be cancelled. */
typedef struct {
    const char *text;
    gsize n_left;
} Pieces;

static size_t next_piece(void *buffer, size_t n_room, void *user)
{
    Pieces *pieces = user;
    gsize n = MIN(n_room, pieces->n_left);
    if (g_cancellable_is_cancelled(g_cancellable_get_current()))
        return (size_t)-1;
    memcpy(buffer, pieces->text, n);
    pieces->text += n;
    pieces->n_left -= n;
    return n;
}

json_t *leuko_json_parse(const char *text, gsize n_bytes, const char *name, GError **error)
{
    g_auto(LeukoBudget) budget;
    leuko_budget_start(&budget, name, n_bytes);
    Verdict verdict = survey(text, n_bytes, &budget);
    if (verdict == TOO_DEEP)
        leuko_fail_format(name, error, "JSON nested deeper than %d levels", MAX_DEPTH);
    else if (verdict == TOO_MUCH)
        leuko_budget_fail(&budget, error);
    if (verdict != FITS)
        return NULL;
    json_error_t e;
    Pieces pieces = {text, n_bytes};
    json_t *json = json_load_callback(next_piece, &pieces, JSON_REJECT_DUPLICATES, &e);
    if (!json && leuko_is_cancelled(budget.cancellable, error))
        return NULL;
    if (!json && json_error_code(&e) == json_error_out_of_memory) {
        leuko_fail(LEUKO_ERROR_MEMORY, error, "%s: no memory to read it", name);
    } else if (!json) {
        g_autofree gchar *what = leuko_one_line(e.text); /* it may quote the file */
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                    "%s: not valid JSON: %s at line %d, column %d", name, what, e.line, e.column);
    }
    return json;
}

json_t *leuko_json_load(const char *path, GError **error)
{
    GStatBuf st;
    if (g_stat(path, &st) == 0 && st.st_size > MAX_FILE_BYTES) {
        leuko_fail_format(path, error, "too large for JSON (%.1f MiB, at most 256 MiB is read)",
                          (double)st.st_size / (1 << 20));
        return NULL;
    }
    g_autoptr(GBytes) file = leuko_map_bytes(path, error);
    if (!file)
        return NULL;
    gsize n;
    const char *text = g_bytes_get_data(file, &n);
    return leuko_json_parse(text, n, path, error);
}

/* Append JSON text with JSON's escapes for every character that a terminal obeys or does not show;
 * jansson escapes only those below U+0020. margin: blanks before each line but the first. */
static void append_escaped(GString *out, const char *text, gsize n, int margin)
{
    for (const char *p = text; p < text + n; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '\n')
            g_string_append_printf(out, "\n%*s", margin, "");
        else if (!leuko_is_hidden(c))
            g_string_append_unichar(out, c);
        else if (c < 0x10000)
            g_string_append_printf(out, "\\u%04x", c);
        else /* a pair of surrogates */
            g_string_append_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 | (c & 0x3ff));
    }
}

/* Where jansson's pieces of text go, each of whole characters: a text, a file, or a stream. */
typedef struct {
    GString *text;
    LeukoDurable *file;
    FILE *stream;
    int margin; /* of append_escaped() */
    GError *error;
} Sink;

static gboolean sink_write(Sink *sink, const char *text, gsize n)
{
    if (sink->file)
        return leuko_durable_write(sink->file, text, n, &sink->error);
    if (fwrite(text, 1, n, sink->stream) == n)
        return TRUE;
    g_set_error(&sink->error, LEUKO_ERROR, LEUKO_ERROR_IO, "standard output: %s",
                g_strerror(errno));
    return FALSE;
}

static int sink_put(const char *text, size_t n, void *data)
{
    Sink *sink = data;
    append_escaped(sink->text, text, n, sink->margin);
    if (!sink->file && !sink->stream)
        return 0;
    gboolean good = sink_write(sink, sink->text->str, sink->text->len);
    g_string_truncate(sink->text, 0);
    return good ? 0 : -1;
}

/* Write a value, then `end`. margin: as for append_escaped(). */
static gboolean dump(json_t *json, int margin, const char *end, Sink *sink, const char *path,
                     GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    sink->text = text;
    sink->margin = margin;
    if (json_dump_callback(json, sink_put, sink,
                           JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9)) == 0 &&
        sink_write(sink, end, strlen(end)))
        return TRUE;
    if (!sink->error)
        return leuko_fail(LEUKO_ERROR_MEMORY, error, "%s: no memory to write it", path);
    g_propagate_error(error, g_steal_pointer(&sink->error));
    return FALSE;
}

/* The text of an object or a list as leuko_json_save() writes it, without the last line end. */
static gchar *to_text(json_t *json, int margin)
{
    Sink sink = {.text = g_string_new(NULL), .margin = margin};
    json_dump_callback(json, sink_put, &sink, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    return g_string_free(sink.text, FALSE);
}

typedef gboolean (*Write)(json_t *json, gpointer user_data, Sink *sink, const char *path,
                          GError **error);

/* Let `write` write to a new file or to standard output. */
static gboolean save(const char *path, Write write, json_t *json, gpointer user_data,
                     GError **error)
{
    if (strcmp(path, "-") == 0) {
        Sink sink = {.stream = stdout};
        if (!write(json, user_data, &sink, "standard output", error))
            return FALSE;
        return fflush(stdout) == 0 ||
               leuko_fail(LEUKO_ERROR_IO, error, "standard output: %s", g_strerror(errno));
    }
    g_autoptr(LeukoDurable) file = leuko_durable_new(path, error);
    Sink sink = {.file = file};
    return file && write(json, user_data, &sink, path, error) && leuko_durable_commit(file, error);
}

static gboolean write_whole(json_t *json, gpointer user_data, Sink *sink, const char *path,
                            GError **error)
{
    (void)user_data;
    return dump(json, 0, "\n", sink, path, error);
}

gboolean leuko_json_save(json_t *json, const char *path, GError **error)
{
    return save(path, write_whole, json, NULL, error);
}

void leuko_json_append_item(LeukoSpool *items, json_t *item)
{
    g_autofree gchar *text = to_text(item, 4);
    leuko_spool_append(items, ",\n    ", strlen(",\n    "));
    leuko_spool_append(items, text, strlen(text));
}

typedef struct {
    const LeukoJsonList *lists; /* (n) */
    guint n;
} Lists;

static const LeukoJsonList *find_list(const Lists *lists, const char *key)
{
    for (guint i = 0; i < lists->n; i++)
        if (strcmp(lists->lists[i].key, key) == 0)
            return &lists->lists[i];
    return NULL;
}

static gboolean write_text(const char *text, Sink *sink, GError **error)
{
    if (sink_write(sink, text, strlen(text)))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&sink->error));
    return FALSE;
}

static gboolean write_made(const LeukoJsonList *list, Sink *sink, const char *path, GError **error)
{
    for (guint i = 0; i < list->n; i++) {
        g_autoptr(json_t) item = list->item(list->owner, i);
        if (!write_text(i ? ",\n    " : "[\n    ", sink, error) ||
            !dump(item, 4, "", sink, path, error))
            return FALSE;
    }
    return write_text("\n  ]", sink, error);
}

static gboolean write_members(json_t *json, gpointer lists, Sink *sink, const char *path,
                              GError **error)
{
    const char *key, *before = "{\n  ";
    json_t *value;
    json_object_foreach(json, key, value)
    {
        const LeukoJsonList *list = find_list(lists, key);
        g_autoptr(json_t) name = json_string(key);
        if (!write_text(before, sink, error) || !dump(name, 0, ": ", sink, path, error) ||
            !(list && list->n > 0 ? write_made(list, sink, path, error)
                                  : dump(value, 2, "", sink, path, error)))
            return FALSE;
        before = ",\n  ";
    }
    return write_text("\n}\n", sink, error);
}

gboolean leuko_json_save_lists(json_t *json, const LeukoJsonList *lists, guint n_lists,
                               const char *path, GError **error)
{
    g_assert(json_object_size(json) > 0);
    Lists all = {lists, n_lists};
    return save(path, write_members, json, &all, error);
}

/* A list between the members of two objects. */
typedef struct {
    const char *key;
    LeukoSpool *items; /* or NULL */
    json_t *rest;
    Sink *sink;
    gboolean any; /* an item was written; the comma before the first is left out */
} List;

static gboolean write_items(const char *text, gsize n, gpointer user_data, GError **error)
{
    List *list = user_data;
    gsize skip = list->any ? 0 : 1;
    list->any = TRUE;
    if (sink_write(list->sink, text + skip, n - skip))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&list->sink->error));
    return FALSE;
}

static gboolean write_list(json_t *json, gpointer user_data, Sink *sink, const char *path,
                           GError **error)
{
    List *list = user_data;
    g_autofree gchar *before = to_text(json, 0), *after = to_text(list->rest, 0);
    g_autofree gchar *head =
        g_strdup_printf("%.*s,\n  \"%s\": [", (int)strlen(before) - 2, before, list->key);
    (void)path;
    list->sink = sink;
    if (sink_write(sink, head, strlen(head)) &&
        (!list->items || leuko_spool_read(list->items, write_items, list, error))) {
        g_autofree gchar *tail = g_strdup_printf("%s],%s\n", list->any ? "\n  " : "", after + 1);
        if (sink_write(sink, tail, strlen(tail)))
            return TRUE;
    }
    if (sink->error)
        g_propagate_error(error, g_steal_pointer(&sink->error));
    return FALSE;
}

gboolean leuko_json_save_list(json_t *json, const char *key, LeukoSpool *items, json_t *rest,
                              const char *path, GError **error)
{
    g_assert(json_object_size(json) > 0 && json_object_size(rest) > 0);
    List list = {.key = key, .items = items, .rest = rest};
    return save(path, write_list, json, &list, error);
}

gboolean leuko_json_check_format(json_t *object, gint newest, const char *name, GError **error)
{
    gint64 format;
    if (!leuko_json_get_int(object, "format", 1, G_MAXINT, &format, name, error))
        return FALSE;
    if (format <= newest)
        return TRUE;
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                "%s: written by a later version of Leuko (format %" G_GINT64_FORMAT
                ", this version reads up to %d)",
                name, format, newest);
    return FALSE;
}

json_t *leuko_json_text(const char *text)
{
    g_autofree gchar *valid = leuko_valid_text(text);
    return json_string(valid);
}

gchar *leuko_json_to_line(json_t *json)
{
    Sink sink = {.text = g_string_new(NULL)};
    int status = json_dump_callback(json, sink_put, &sink,
                                    JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    g_assert(status == 0);
    return g_string_free(sink.text, FALSE);
}

static gboolean wrong(const char *name, const char *key, const char *what, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: \"%s\" must be %s", name, key, what);
    return FALSE;
}

gboolean leuko_json_get_string(json_t *object, const char *key, const char **out, const char *name,
                               GError **error)
{
    json_t *v = json_object_get(object, key);
    if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
        return wrong(name, key, "a string", error);
    *out = json_string_value(v);
    return TRUE;
}

gboolean leuko_json_get_int(json_t *object, const char *key, gint64 low, gint64 high, gint64 *out,
                            const char *name, GError **error)
{
    json_t *v = json_object_get(object, key);
    if (!json_is_integer(v) || json_integer_value(v) < low || json_integer_value(v) > high) {
        g_autofree gchar *what = g_strdup_printf(
            "a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, low, high);
        return wrong(name, key, what, error);
    }
    *out = json_integer_value(v);
    return TRUE;
}

gboolean leuko_json_get_real(json_t *object, const char *key, double low, double high, double *out,
                             const char *name, GError **error)
{
    json_t *v = json_object_get(object, key);
    double x = json_is_number(v) ? json_number_value(v) : (double)NAN;
    if (!(x >= low && x <= high)) {
        g_autofree gchar *what = g_strdup_printf("a number from %g to %g", low, high);
        return wrong(name, key, what, error);
    }
    *out = x;
    return TRUE;
}

gboolean leuko_json_get_bool(json_t *object, const char *key, gboolean *out, const char *name,
                             GError **error)
{
    json_t *v = json_object_get(object, key);
    if (!json_is_boolean(v))
        return wrong(name, key, "true or false", error);
    *out = json_is_true(v);
    return TRUE;
}

json_t *leuko_json_real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *leuko_json_exact(double value)
{
    gchar text[G_ASCII_DTOSTR_BUF_SIZE];
    return json_string(isnan(value) ? "nan" : g_ascii_dtostr(text, sizeof text, value));
}

gboolean leuko_json_exact_value(json_t *text, double low, double high, double *out)
{
    const char *s = json_string_value(text);
    gchar *end = NULL;
    if (!s || !*s)
        return FALSE;
    if (strcmp(s, "nan") == 0) {
        *out = NAN;
        return TRUE;
    }
    *out = g_ascii_strtod(s, &end);
    return !*end && *out >= low && *out <= high;
}
