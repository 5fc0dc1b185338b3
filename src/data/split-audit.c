#include "data/split-audit.h"
#include "base/csv.h"
#include "image/phash-cluster.h"
#include "image/phash-index.h"
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

/* The hash of each row. */
static LeukoPhash *read_hashes(const Table *t, GError **error)
{
    guint n = leuko_csv_n_rows(t->csv);
    g_autofree LeukoPhash *hashes = g_new(LeukoPhash, n + 1);
    for (guint r = 0; r < n; r++)
        if (!leuko_phash_from_text(get(t, r, PHASH), &hashes[r])) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT,
                        "%s: row %u: phash must be 64 hex digits", t->path, r + 1);
            return NULL;
        }
    return g_steal_pointer(&hashes);
}

/* No two splits have images with near hashes. A cluster in two splits has a pair that crosses. */
static gboolean check_hashes(const Table *t, GError **error)
{
    guint n = leuko_csv_n_rows(t->csv);
    g_autofree LeukoPhash *hashes = read_hashes(t, error);
    if (!hashes)
        return FALSE;
    g_autofree guint *cluster = g_new(guint, n + 1);
    g_autofree gboolean *crosses = g_new0(gboolean, n + 1); /* of the first row of each cluster */
    g_autoptr(LeukoPhashIndex) index = NULL; /* made for the first cluster that crosses */
    leuko_phash_cluster(hashes, n, LEUKO_PHASH_NEAR, 1, cluster, NULL);
    for (guint r = 0; r < n; r++)
        if (strcmp(get(t, r, SPLIT), get(t, cluster[r], SPLIT)) != 0)
            crosses[cluster[r]] = TRUE;
    for (guint r = 0; r < n; r++) {
        if (!crosses[cluster[r]])
            continue;
        if (!index)
            index = leuko_phash_index_new(hashes, n, LEUKO_PHASH_NEAR);
        g_autoptr(GArray) near = leuko_phash_index_find_all(index, &hashes[r]);
        for (guint i = 0; i < near->len; i++) {
            guint other = g_array_index(near, LeukoPhashMatch, i).item;
            if (strcmp(get(t, r, SPLIT), get(t, other, SPLIT)) != 0)
                return crossing(t, r, other, "the same image", error);
        }
    }
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
