/* Any text is read as a table whose fields can all be read, and which is the same after writing
 * and reading it again, with control characters escaped; or an error of our domain whose message is
 * one line is reported. */
#include "base/csv.h"
#include "base/error.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    g_autofree gchar *path = fuzz_file(data, size, &fd);
    g_autoptr(GError) error = NULL, why = NULL;
    g_autoptr(LeukoCsv) csv = leuko_csv_load(path, &error);
    close(fd);
    if (!csv) {
        fuzz_check_error(error);
        return 0;
    }
    g_assert_no_error(error);
    gint column = leuko_csv_column(csv, "file", &why);
    if (column < 0) {
        fuzz_check_error(why);
        return 0;
    }
    g_autoptr(GString) rows = g_string_new("file\r\n");
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++) {
        g_assert_true(g_utf8_validate(leuko_csv_get(csv, r, column), -1, NULL));
        leuko_csv_append(rows, leuko_csv_get(csv, r, column));
        leuko_csv_end_row(rows);
    }
    g_autofree gchar *again_path = fuzz_file((const uint8_t *)rows->str, rows->len, &fd);
    g_autoptr(LeukoCsv) again = leuko_csv_load(again_path, &why);
    close(fd);
    g_assert_no_error(why);
    g_assert_cmpuint(leuko_csv_n_rows(again), ==, leuko_csv_n_rows(csv));
    for (guint r = 0; r < leuko_csv_n_rows(csv); r++) {
        g_autofree gchar *written = leuko_one_line(leuko_csv_get(csv, r, column));
        g_assert_cmpstr(leuko_csv_get(again, r, 0), ==, written);
    }
    return 0;
}
