/* Any text is read as a table of classes or groups whose rows have a name, a value and a line, and
 * which gives each of some images exactly one of its values; or an error of our domain whose
 * message is one line is reported. */
#include "data/file-table.h"
#include "fuzz.h"

static const char *const files[] = {"a.png",        "B/b.png",         "B/c.jpg",     "C/c.jpg",
                                    "\xc3\xa4.png", "B/a\xcc\x88.tif", "d \"d\".png", "e\nf.jfif"};

static gboolean has_value(const LeukoFileTable *table, const char *value)
{
    for (guint r = 0; r < table->rows->len; r++)
        if (g_array_index(table->rows, LeukoTableRow, r).value == value)
            return TRUE;
    return FALSE;
}

/* The first n images alone, so that tables of few rows are complete too. */
static void match(const LeukoFileTable *table, guint n)
{
    const char *values[G_N_ELEMENTS(files)] = {NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    if (!leuko_file_table_match(table, files, n, values, notes, &error)) {
        fuzz_check_error(error);
        return;
    }
    g_assert_no_error(error);
    for (guint i = 0; i < n; i++)
        g_assert_true(has_value(table, values[i]));
    for (guint i = 0; i < notes->len; i++)
        g_assert_null(strchr(notes->pdata[i], '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int value = LEUKO_TABLE_CLASS; value <= LEUKO_TABLE_GROUP; value++) {
        int fd;
        g_autofree gchar *path = fuzz_file(data, size, &fd);
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoFileTable) table =
            leuko_file_table_load(path, (LeukoTableValue)value, &error);
        close(fd);
        if (!table) {
            fuzz_check_error(error);
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpuint(table->rows->len, >, 0);
        for (guint r = 0; r < table->rows->len; r++) {
            const LeukoTableRow *row = &g_array_index(table->rows, LeukoTableRow, r);
            g_assert_true(*row->file && *row->value && row->line >= 1);
        }
        for (guint n = 1; n <= G_N_ELEMENTS(files); n++)
            match(table, n);
    }
    return 0;
}
