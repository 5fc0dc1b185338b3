#include "base/csv.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static LeukoCsv *load_bytes(const char *text, gssize n, GError **error)
{
    g_autofree gchar *path = NULL;
    g_close(g_file_open_tmp("leuko-csv-XXXXXX", &path, NULL), NULL);
    g_assert_true(g_file_set_contents(path, text, n, NULL));
    LeukoCsv *csv = leuko_csv_load(path, error);
    g_unlink(path);
    return csv;
}

static LeukoCsv *load(const char *text, GError **error) { return load_bytes(text, -1, error); }

/* Whatever is in the fields, what was written is what is read. */
static void test_round_trip(void)
{
    const char *const fields[] = {"",  "plain", "a,b", "say \"hi\"", "two lines", " spaced ",
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

/* Every way to write the same two rows. */
static void test_foreign(void)
{
    const char *const texts[] = {
        ("\xef\xbb\xbf"
         "file,group\r\na.jpg,1\r\nb.jpg,2"), /* mark, CR LF, no last line end */
        "file;group\na.jpg;1\nb.jpg;2\n",
        "file\tgroup\na.jpg\t1\nb.jpg\t2\n",
        "file,group\ra.jpg,1\rb.jpg,2\r",
        "sep=;\r\nfile;group\r\na.jpg;1\r\nb.jpg;2\r\n",
        "\xef\xbb\xbfsep=,\nfile,group\na.jpg,1\nb.jpg,2\n",
        "\"sep=;\"\nfile;group\na.jpg;1\nb.jpg;2\n",
        "SEP=|\nfile|group\na.jpg|1\nb.jpg|2\n",
        "\"file\"; \"group\" \n\"a.jpg\" ; \"1\"\n\"b.jpg\";\"2\"\n",
        "\n\nfile,group\n\na.jpg,1\n\n\nb.jpg,2\n\n",
        "\"file\",\"group\"\n\"a.jpg\",\"1\"\n\"b.jpg\",\"2\"\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoCsv) csv = load(texts[i], &error);
        g_assert_no_error(error);
        g_assert_cmpuint(leuko_csv_n_rows(csv), ==, 2);
        g_assert_cmpuint(leuko_csv_n_columns(csv), ==, 2);
        g_assert_cmpint(leuko_csv_column(csv, "group", &error), ==, 1);
        g_assert_cmpstr(leuko_csv_get(csv, 0, 0), ==, "a.jpg");
        g_assert_cmpstr(leuko_csv_get(csv, 1, 1), ==, "2");
    }
}

/* Another separator in the cells, or in some of the first row's names, does not mislead. */
static void test_separators(void)
{
    const char *const texts[] = {"file;size;class\na;1,5;x\nb;2,5;y\n",
                                 "file\tclass, by hand;checked\tgroup\na\tx\t1\nb\ty\t2\n",
                                 "\"file\";\"a,b\";class\na;1;x\nb;2;y\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoCsv) csv = load(texts[i], &error);
        g_assert_no_error(error);
        g_assert_cmpuint(leuko_csv_n_columns(csv), ==, 3);
        g_assert_cmpstr(leuko_csv_get(csv, 1, 0), ==, "b");
    }
}

/* UTF-16 as spreadsheets save it, in both byte orders. */
static void test_utf16(void)
{
    static const char text[] = "\xff\xfe"
                               "f\0\t\0g\0\n\0\xe4\0\t\0"
                               "1\0\n";
    static const char big[] = "\xfe\xff\0f\0\t\0g\0\n\0\xe4\0\t\0"
                              "1";
    for (int i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoCsv) csv =
            i ? load_bytes(big, sizeof big - 1, &error) : load_bytes(text, sizeof text, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(leuko_csv_get(csv, 0, 0), ==, "\u00e4");
        g_assert_cmpstr(leuko_csv_get(csv, 0, 1), ==, "1");
    }
}

/* The line of a row counts empty lines, lines in quotes and every kind of line end. */
static void test_lines(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoCsv) csv = load("sep=,\nfile,class\r\n\r\n\"a\rb\r\nc\",x\rd,y\n\ne,z", &error);
    g_assert_no_error(error);
    const guint lines[] = {4, 7, 9};
    for (guint r = 0; r < 3; r++)
        g_assert_cmpuint(leuko_csv_line(csv, r), ==, lines[r]);
    g_assert_cmpint(leuko_csv_column(csv, "group", &error), ==, -1);
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "no column \"group\", only \"file\", \"class\""));
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
               {"a,b\nx,\"y\n\nz", "line 2: an unclosed quote"},
               {"a\n\xff\n", "line 2: the text is not UTF-8"},
               {"a\rb\r\nM\xfcnchen\n", "line 3: the text is not UTF-8"},
               {"\xff\xfe"
                "a",
                "not UTF-16"},
               {"PK\3\4", "a spreadsheet"},
               {"a,b;c\n1,2;3\n", "by semicolons or by commas; write \"sep=;\""}};
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
    g_test_add_func("/csv/separators", test_separators);
    g_test_add_func("/csv/utf-16", test_utf16);
    g_test_add_func("/csv/lines", test_lines);
    g_test_add_func("/csv/refuses", test_refuses);
    return g_test_run();
}
