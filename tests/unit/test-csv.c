#include "base/csv.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static LeukoCsv *load(const char *text, GError **error)
{
    g_autofree gchar *path = NULL;
    g_close(g_file_open_tmp("leuko-csv-XXXXXX", &path, NULL), NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    LeukoCsv *csv = leuko_csv_load(path, error);
    g_unlink(path);
    return csv;
}

/* Whatever is in the fields, what was written is what is read. */
static void test_round_trip(void)
{
    const char *const fields[] = {"",  "plain", "a,b", "say \"hi\"", "two\nlines", " spaced ",
                                  "é", "",      ""};
    g_autoptr(GString) rows = g_string_new("x,y,z\n");
    for (guint i = 0; i < 9; i++) {
        leuko_csv_append(rows, fields[i]);
        if (i % 3 == 2)
            leuko_csv_end_row(rows);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoCsv) csv = load(rows->str, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(leuko_csv_n_rows(csv), ==, 3);
    g_assert_cmpint(leuko_csv_column(csv, "y", &error), ==, 1);
    for (guint i = 0; i < 9; i++)
        g_assert_cmpstr(leuko_csv_get(csv, i / 3, (gint)(i % 3)), ==, fields[i]);
}

/* Files of spreadsheets: byte-order mark, CR LF, no newline at the end. */
static void test_foreign(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoCsv) csv = load("\xef\xbb\xbf"
                                   "file,group\r\na.jpg,1\r\nb.jpg,2",
                                   &error);
    g_assert_no_error(error);
    g_assert_cmpint(leuko_csv_column(csv, "file", &error), ==, 0);
    g_assert_cmpstr(leuko_csv_get(csv, 1, 1), ==, "2");
}

/* Each broken table is refused with its line. */
static void test_refuses(void)
{
    const struct {
        const char *text, *message;
    } bad[] = {{"", "line 1: empty"},
               {"a,b\n1\n", "line 2: 1 field,"},
               {"a\n\"x", "line 2: an unclosed quote"},
               {"a\n\"x\"y\n", "line 2: an unclosed quote"},
               {"a\n\xff\n", "not UTF-8"}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(load(bad[i].text, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, bad[i].message));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/csv/round-trip", test_round_trip);
    g_test_add_func("/csv/foreign", test_foreign);
    g_test_add_func("/csv/refuses", test_refuses);
    return g_test_run();
}
