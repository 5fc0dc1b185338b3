#include "data/file-table.h"
#include "base/csv.h"
#include <string.h>

struct LeukoFileTable {
    LeukoCsv *csv;
    GHashTable *values; /* file -> value, both borrowed from `csv` */
};

LeukoFileTable *leuko_file_table_load(const char *path, const char *column, GError **error)
{
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, error);
    gint file = csv ? leuko_csv_column(csv, "file", error) : -1;
    gint value = file < 0 ? -1 : leuko_csv_column(csv, column, error);
    if (value < 0)
        return NULL;
    LeukoFileTable *table = g_new0(LeukoFileTable, 1);
    table->values = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++)
        g_hash_table_insert(table->values, (gpointer)leuko_csv_get(csv, r, file),
                            (gpointer)leuko_csv_get(csv, r, value));
    table->csv = g_steal_pointer(&csv);
    return table;
}

const char *leuko_file_table_find(const LeukoFileTable *table, const char *file)
{
    const char *found = g_hash_table_lookup(table->values, file), *slash = strrchr(file, '/');
    return found || !slash ? found : g_hash_table_lookup(table->values, slash + 1);
}

void leuko_file_table_free(LeukoFileTable *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->values);
    leuko_csv_free(table->csv);
    g_free(table);
}
