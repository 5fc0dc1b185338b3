#include "data/split-audit.h"
#include "base/csv.h"
#include "image/phash.h"
#include "leuko/error.h"
#include <string.h>

enum { FILE_COLUMN, GROUP, SOURCE, SPLIT, SHA256, PHASH, N_COLUMNS };

typedef struct {
    LeukoCsv *csv;
    gint columns[N_COLUMNS];
    const char *path;
} Table;

static const char *get(const Table *t, guint row, gint column)
{
    return leuko_csv_get(t->csv, row, t->columns[column]);
}

static gboolean crossing(const Table *t, guint a, guint b, const char *what, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA, "%s: %s in two splits: %s (%s) and %s (%s)",
                t->path, what, get(t, a, FILE_COLUMN), get(t, a, SPLIT), get(t, b, FILE_COLUMN),
                get(t, b, SPLIT));
    return FALSE;
}

/* No two splits have the same value in this column. */
static gboolean check_column(const Table *t, gint column, const char *what, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint r = 0; r < leuko_csv_n_rows(t->csv); r++) {
        const char *value = get(t, r, column);
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(seen, value));
        if (!*value)
            continue;
        if (before == 0)
            g_hash_table_insert(seen, (gpointer)value, GUINT_TO_POINTER(r + 1));
        else if (strcmp(get(t, before - 1, SPLIT), get(t, r, SPLIT)) != 0)
            return crossing(t, before - 1, r, what, error);
    }
    return TRUE;
}

/* No two splits have images with near hashes. */
static gboolean check_hashes(const Table *t, GError **error)
{
    guint n = leuko_csv_n_rows(t->csv);
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, n + 1);
    for (guint r = 0; r < n; r++)
        if (!leuko_phash_from_text(get(t, r, PHASH), &hashes[r])) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                        "%s: row %u: phash must be 64 hex digits", t->path, r + 1);
            return FALSE;
        }
    for (guint a = 0; a < n; a++)
        for (guint b = a + 1; b < n; b++)
            if (leuko_phash_distance(&hashes[a], &hashes[b]) <= LEUKO_PHASH_NEAR &&
                strcmp(get(t, a, SPLIT), get(t, b, SPLIT)) != 0)
                return crossing(t, a, b, "the same image", error);
    return TRUE;
}

gboolean leuko_split_audit(const char *path, GError **error)
{
    static const char *const names[N_COLUMNS] = {"file",  "group",  "source",
                                                 "split", "sha256", "phash"};
    g_autofree gchar *file = g_build_filename(path, "split.csv", NULL);
    g_autoptr(LeukoCsv) csv = leuko_csv_load(file, error);
    Table t = {.csv = csv, .path = file};
    for (gint c = 0; csv && c < N_COLUMNS; c++)
        if ((t.columns[c] = leuko_csv_column(csv, names[c], error)) < 0)
            return FALSE;
    return csv && check_column(&t, GROUP, "the same group", error) &&
           check_column(&t, SOURCE, "copies of one image", error) &&
           check_column(&t, SHA256, "the same bytes", error) && check_hashes(&t, error);
}
