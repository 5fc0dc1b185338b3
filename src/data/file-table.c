#include "data/file-table.h"
#include "base/csv.h"
#include "base/error.h"
#include <string.h>

/* What a column may be called; the first name decides. Without "_", which plain_name() removes. */
static const char *const file_names[] = {"file",      "filename",  "image",         "name",
                                         "path",      "newnames",  "filepath",      "imagename",
                                         "imagefile", "imagepath", "imageid",       "img",
                                         "imgname",   "imgpath",   "imagefilename", NULL};
static const char *const class_names[] = {"class",      "label",     "labels",      "diagnosis",
                                          "category",   "classname", "celltype",    "cellclass",
                                          "classlabel", "target",    "groundtruth", NULL};
static const char *const group_names[] = {
    "group", "patient", "patientid", "subject", "subjectid", "case",          "caseid",
    "slide", "slideid", "donor",     "donorid", "patientno", "patientnumber", NULL};
static const char *const laboratory_names[] = {
    "laboratory", "laboratoryid", "laboratoryname", "lab",      "labid",
    "labname",    "site",         "siteid",         "sitename", "center",
    "centerid",   "centername",   "centre",         "centreid", "centrename",
    "hospital",   "hospitalid",   "hospitalname",   NULL};
/* As people write them, for messages. */
static const char *const file_words = "file, filename, image, name, path, new_names, image_id, img";
static const char *const class_words = "class, label, labels, diagnosis, category, cell_type, "
                                       "target, ground_truth";
static const char *const group_words = "group, patient, patient_id, subject, case, slide, donor";
static const char *const laboratory_words = "laboratory, lab, site, center, centre, hospital";

/* By LeukoTableValue. */
static const struct {
    const char *const *names;
    const char *words;
} values[] = {
    {class_names, class_words}, {group_names, group_words}, {laboratory_names, laboratory_words}};

enum { MAX_HEADER_LINES = 5 };

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

/* "#Patient ID " -> "patientid" */
static gchar *plain_name(const char *name)
{
    gchar *plain = g_utf8_strdown(name, -1), *to = plain;
    for (const char *p = plain; *p; p++)
        if (!strchr(" \t_-.#", *p))
            *to++ = *p;
    *to = '\0';
    return plain;
}

static gboolean is_one_of(const char *name, const char *const *names)
{
    g_autofree gchar *plain = plain_name(name);
    return g_strv_contains(names, plain);
}

/* The column that has one of the names. -1: none; -2 with an error: two. */
static gint find_one(const LeukoCsv *csv, const char *path, const char *const *names,
                     const char *what, GError **error)
{
    gint found = -1;
    for (guint c = 0; c < leuko_csv_n_columns(csv); c++) {
        if (!is_one_of(leuko_csv_column_name(csv, c), names))
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

/* The column for one purpose. -1: none; -2 with an error: two of equal right. */
static gint find_column(const LeukoCsv *csv, const char *path, const char *const *names,
                        GError **error)
{
    const char *const first[] = {names[0], NULL};
    gint found = find_one(csv, path, first, names[0], error);
    return found == -1 ? find_one(csv, path, names, names[0], error) : found;
}

/* The line below the first that may hold the column names, or 0. */
static guint find_header_below(const LeukoCsv *csv)
{
    for (guint r = 0; r < MIN(leuko_csv_n_rows(csv), MAX_HEADER_LINES); r++)
        for (guint c = 0; c < leuko_csv_n_columns(csv); c++)
            if (is_one_of(leuko_csv_get(csv, r, (gint)c), file_names))
                return leuko_csv_line(csv, r);
    return 0;
}

/* Refuse a table without a column for `what`. FALSE. */
static gboolean refuse_columns(const LeukoCsv *csv, const char *path, const char *what,
                               const char *words, GError **error)
{
    g_autofree gchar *columns = leuko_csv_list_columns(csv);
    guint line = find_header_below(csv);
    g_autofree gchar *below =
        line ? g_strdup_printf("; line %u may hold the column names: remove the lines above", line)
             : g_strdup("");
    return leuko_fail_format(path, error, "has no column for the %s, only %s; name it one of %s%s",
                             what, columns, words, below);
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

/* The columns that are read. */
typedef struct {
    gint file, value;
    GArray *flags; /* of gint: a column for each class, 1 in the row's class; NULL: `value` */
} Columns;

static void columns_clear(Columns *c) { g_clear_pointer(&c->flags, g_array_unref); }
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Columns, columns_clear)

/* 1 or 0, also as 1.0; -1: anything else. */
static gint read_flag(const LeukoCsv *csv, guint row, gint column)
{
    g_autofree gchar *cell = get_trimmed(csv, row, column);
    gsize n = strlen(cell);
    gboolean whole =
        n == 1 || (n > 2 && (cell[1] == '.' || cell[1] == ',') && strspn(cell + 2, "0") == n - 2);
    return whole && (cell[0] == '0' || cell[0] == '1') ? cell[0] - '0' : -1;
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

/* is_empty: (rows) */
static gboolean has_flags_only(const LeukoCsv *csv, gint column, const gboolean *is_empty)
{
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        if (!is_empty[r] && read_flag(csv, r, column) < 0)
            return FALSE;
    return *leuko_csv_column_name(csv, (guint)column) != '\0';
}

/* The name of the only column with a 1, or NULL. */
static const char *flagged_column(const LeukoCsv *csv, guint row, const GArray *columns)
{
    const char *found = NULL;
    for (guint i = 0; i < columns->len; i++) {
        gint c = g_array_index(columns, gint, i);
        if (read_flag(csv, row, c) != 1)
            continue;
        if (found)
            return NULL;
        found = leuko_csv_column_name(csv, (guint)c);
    }
    return found;
}

/* Columns of 0 and 1 of which each row has exactly one 1: a column for each class. NULL: none. */
static GArray *find_flags(const LeukoCsv *csv, gint file)
{
    g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(gint));
    g_autofree gboolean *is_empty = g_new0(gboolean, leuko_csv_n_rows(csv) + 1);
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        is_empty[r] = is_empty_row(csv, r);
    for (gint c = 0; c < (gint)leuko_csv_n_columns(csv); c++)
        if (c != file && has_flags_only(csv, c, is_empty))
            g_array_append_val(columns, c);
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        if (!is_empty[r] && !flagged_column(csv, r, columns))
            return NULL;
    return columns->len >= 2 && leuko_csv_n_rows(csv) > 0 ? g_steal_pointer(&columns) : NULL;
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

/* What programs write for a value that is missing. */
static gboolean is_missing(const char *value)
{
    static const char *const words[] = {"nan", "na", "n/a", "#n/a", "null", "-", "?", NULL};
    g_autofree gchar *lower = g_utf8_strdown(value, -1);
    return !*value || g_strv_contains(words, lower);
}

static gboolean add_row(LeukoFileTable *t, const LeukoCsv *csv, guint r, const Columns *columns,
                        GHashTable *seen, GError **error)
{
    guint line = leuko_csv_line(csv, r);
    g_autofree gchar *file = clean_path(get_trimmed(csv, r, columns->file));
    g_autofree gchar *cell = columns->flags
                                 ? g_strstrip(g_strdup(flagged_column(csv, r, columns->flags)))
                                 : get_trimmed(csv, r, columns->value);
    g_autofree gchar *value = g_utf8_normalize(cell, -1, G_NORMALIZE_DEFAULT_COMPOSE);
    if (!*file)
        return leuko_fail_format(t->path, error, "line %u: empty cell in column \"%s\"", line,
                                 leuko_csv_column_name(csv, (guint)columns->file));
    if (is_missing(value))
        return leuko_fail_format(
            t->path, error,
            *value ? "line %u: empty cell in column \"%s\" (\"%s\" stands for a missing value)"
                   : "line %u: empty cell in column \"%s\"%s",
            line, columns->flags ? "" : leuko_csv_column_name(csv, (guint)columns->value), value);
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

/* Digits; *has_fraction is set if ".0" or ",0" stands behind them. */
static gboolean is_whole_number(const char *text, gboolean *has_fraction)
{
    gsize n = strspn(text, "0123456789");
    if (n == 0 || !text[n])
        return n > 0;
    gsize zeros = strspn(text + n + 1, "0");
    *has_fraction = TRUE;
    return (text[n] == '.' || text[n] == ',') && zeros > 0 && !text[n + 1 + zeros];
}

/* Programs write whole numbers as 1.0 if a column has gaps: 1 and 1.0 are the same class. */
static void shorten_numbers(LeukoFileTable *t)
{
    gboolean has_fraction = FALSE;
    for (guint i = 0; i < t->rows->len; i++)
        if (!is_whole_number(g_array_index(t->rows, LeukoTableRow, i).value, &has_fraction))
            return;
    for (guint i = 0; has_fraction && i < t->rows->len; i++) {
        gchar *value = g_array_index(t->rows, LeukoTableRow, i).value;
        value[strspn(value, "0123456789")] = '\0';
    }
    t->has_short_numbers = has_fraction;
}

static gboolean find_columns(const LeukoCsv *csv, const char *path, LeukoTableValue value,
                             Columns *columns, GError **error)
{
    const char *const *names = values[value].names;
    columns->file = find_column(csv, path, file_names, error);
    if (columns->file < 0)
        return columns->file == -1 ? refuse_columns(csv, path, "file", file_words, error) : FALSE;
    columns->value = find_column(csv, path, names, error);
    if (columns->value >= 0 || columns->value == -2)
        return columns->value >= 0;
    columns->flags = value == LEUKO_TABLE_CLASS ? find_flags(csv, columns->file) : NULL;
    return columns->flags || refuse_columns(csv, path, names[0], values[value].words, error);
}

gboolean leuko_file_table_has(const char *path, LeukoTableValue value)
{
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, NULL);
    for (guint c = 0; csv && c < leuko_csv_n_columns(csv); c++)
        if (is_one_of(leuko_csv_column_name(csv, c), values[value].names))
            return TRUE;
    return FALSE;
}

LeukoFileTable *leuko_file_table_load(const char *path, LeukoTableValue value, GError **error)
{
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, error);
    g_auto(Columns) columns = {-1, -1, NULL};
    if (!csv || !find_columns(csv, path, value, &columns, error))
        return NULL;
    g_autoptr(LeukoFileTable) t = g_new0(LeukoFileTable, 1);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    t->path = g_strdup(path);
    t->value_name = values[value].names[0];
    t->has_flags = columns.flags != NULL;
    t->rows = g_array_new(FALSE, FALSE, sizeof(LeukoTableRow));
    g_array_set_clear_func(t->rows, row_clear);
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        if (!is_empty_row(csv, r) && !add_row(t, csv, r, &columns, seen, error))
            return NULL;
    shorten_numbers(t);
    if (t->rows->len > 0)
        return g_steal_pointer(&t);
    leuko_fail_format(path, error, "has column names but no rows");
    return NULL;
}
