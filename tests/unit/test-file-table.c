#include "data/file-table.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static LeukoFileTable *load(const char *text, LeukoTableValue value, GError **error)
{
    g_autofree gchar *path = NULL;
    g_close(g_file_open_tmp("leuko-table-XXXXXX", &path, NULL), NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    LeukoFileTable *table = leuko_file_table_load(path, value, error);
    g_unlink(path);
    return table;
}

/* The values of the files, "x y"; or the message. */
static gchar *match(const char *text, const char *const *files, GPtrArray *notes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoFileTable) table = load(text, LEUKO_TABLE_CLASS, &error);
    g_assert_no_error(error);
    guint n = g_strv_length((GStrv)files);
    g_autofree const char **values = g_new0(const char *, n + 1);
    if (leuko_file_table_match(table, files, n, values, notes, &error))
        return g_strjoinv(" ", (GStrv)values);
    g_assert_true(error->domain == LEUKO_ERROR);
    g_assert_null(strchr(error->message, '\n'));
    return g_strdup(error->message);
}

/* A column is found by any of its names, in any case; the first name decides among several. */
static void test_columns(void)
{
    const struct {
        const char *text;
        LeukoTableValue value;
    } good[] = {{"File,Class\na,x\n", LEUKO_TABLE_CLASS},
                {"FILENAME,LABEL\na,x\n", LEUKO_TABLE_CLASS},
                {"Image Name,Cell-Type\na,x\n", LEUKO_TABLE_CLASS},
                {" image ; Diagnosis \na;x\n", LEUKO_TABLE_CLASS},
                {"Patient_ID,new_names,labels\nP1,a,x\n", LEUKO_TABLE_CLASS},
                {"path\tcategory\na\tx\n", LEUKO_TABLE_CLASS},
                {"label,class,file,name\n0,x,a,Smith\n", LEUKO_TABLE_CLASS},
                {"Patient ID,File\nx,a\n", LEUKO_TABLE_GROUP},
                {"subject,name\nx,a\n", LEUKO_TABLE_GROUP},
                {"CASE,image_path\nx,a\n", LEUKO_TABLE_GROUP},
                {"slide,patient,group,file\n1,2,x,a\n", LEUKO_TABLE_GROUP},
                {"ImageName,CellType\na,x\n", LEUKO_TABLE_CLASS},
                {"Img_Path,Ground Truth\na,x\n", LEUKO_TABLE_CLASS},
                {"#file,class\na,x\n", LEUKO_TABLE_CLASS},
                {"# made by hand\n#file,class\na,x\n", LEUKO_TABLE_CLASS},
                {"# made, by hand, 2021\nfile,class\n# the only one\na,x\n#\n", LEUKO_TABLE_CLASS},
                {"file,x,y\na,1,0\n", LEUKO_TABLE_CLASS},
                {";file;y;x;area\n0;a;0,0;1,0;3,14\n", LEUKO_TABLE_CLASS},
                {"PatientID,FileName\nx,a\n", LEUKO_TABLE_GROUP},
                {"Patient-No.,image_filename\nx,a\n", LEUKO_TABLE_GROUP},
                {"Lab,file,patient\nx,a,p\n", LEUKO_TABLE_LABORATORY},
                {"file,site_id,laboratory\na,1,x\n", LEUKO_TABLE_LABORATORY},
                {"file,class\n ./a ,  x \n,\n", LEUKO_TABLE_CLASS}};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoFileTable) table = load(good[i].text, good[i].value, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(table->rows->len, ==, 1);
        g_assert_cmpstr(g_array_index(table->rows, LeukoTableRow, 0).file, ==, "a");
        g_assert_cmpstr(g_array_index(table->rows, LeukoTableRow, 0).value, ==, "x");
    }
}

/* What is wrong is said with the columns or the lines. */
static void test_refuses(void)
{
    const struct {
        const char *text, *message;
        LeukoTableValue value;
    } bad[] = {
        {"id,kind\na,x\n", "no column for the file, only \"id\", \"kind\"", LEUKO_TABLE_CLASS},
        {"file,kind\na,x\n", "no column for the class, only \"file\", \"kind\"", LEUKO_TABLE_CLASS},
        {"file,class\na,x\n", "no column for the group", LEUKO_TABLE_GROUP},
        {"file,label,diagnosis\na,x,y\n", "\"label\" and \"diagnosis\" may both hold the class",
         LEUKO_TABLE_CLASS},
        {"image,path,label\na,b,y\n", "\"image\" and \"path\" may both hold the file",
         LEUKO_TABLE_CLASS},
        {"file,Class,class\na,x,y\n", "\"Class\" and \"class\" may both", LEUKO_TABLE_CLASS},
        {"file,patient,slide\na,x,y\n", "\"patient\" and \"slide\" may both", LEUKO_TABLE_GROUP},
        {"file,site,hospital\na,x,y\n", "\"site\" and \"hospital\" may both",
         LEUKO_TABLE_LABORATORY},
        {"file,class\na,x\nb,\n", "line 3: empty cell in column \"class\"", LEUKO_TABLE_CLASS},
        {"file,class\na,x\n\n,y\n", "line 4: empty cell in column \"file\"", LEUKO_TABLE_CLASS},
        {"file,class\na,x\nb,  \n", "line 3: empty cell", LEUKO_TABLE_CLASS},
        {"file,class\na,x\nb,y\na,y\n", "lines 2 and 4: two class values for a: \"x\" and \"y\"",
         LEUKO_TABLE_CLASS},
        {"file,group\na,x\na ,y\n", "lines 2 and 3: two group values", LEUKO_TABLE_GROUP},
        {"file,class\n", "no rows", LEUKO_TABLE_CLASS},
        {"file,class\na,x\nb,NaN\n", "line 3: empty cell in column \"class\" (\"NaN\" stands",
         LEUKO_TABLE_CLASS},
        {"file,group\na,N/A\n", "line 2: empty cell in column \"group\"", LEUKO_TABLE_GROUP},
        {"file,class\na,-\n", "line 2: empty cell", LEUKO_TABLE_CLASS},
        {"file,x,y\na,1,1\n", "no column for the class", LEUKO_TABLE_CLASS},
        {"file,x,y\na,0,0\n", "no column for the class", LEUKO_TABLE_CLASS},
        {"file,x,y\na,2,1\n", "no column for the class", LEUKO_TABLE_CLASS},
        {"file,x\na,1\n", "no column for the class", LEUKO_TABLE_CLASS},
        {"Cells of 2021,,\nfile,class,area\na,x,1\n", "line 2 may hold the column names",
         LEUKO_TABLE_CLASS},
        {"Cells,2021\n\n,\nImage,Label\na,x\n", "line 4 may hold the column names",
         LEUKO_TABLE_CLASS},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(load(bad[i].text, bad[i].value, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, bad[i].message));
    }
}

/* A name means the whole path, else the file name, else the file name without its ending. */
static void test_match(void)
{
    const struct {
        const char *text;
        const char *const files[4];
        const char *result;
    } cases[] = {
        {"file,class\na.png,x\nb.png,y\n", {"a.png", "b.png"}, "x y"},
        {"file,class\na.png,x\na.png,x\n", {"a.png"}, "x"},
        {"file,class\nB/a.png,x\nC/a.png,y\n", {"B/a.png", "C/a.png"}, "x y"},
        {"file,class\na.png,x\nb.png,y\n", {"B/a.png", "C/D/b.png"}, "x y"},
        {"file,class\n/home/me/B/a.png,x\nC:\\me\\C\\a.png,y\n", {"B/a.png", "C/a.png"}, "x y"},
        {"file,class\nB/a.png,x\nC/a.png,y\n", {"1/B/a.png", "2/C/a.png"}, "x y"},
        {"file,class\na,x\nb,y\n", {"B/a.png", "b.JFIF"}, "x y"},
        {"file,class\na.tif,x\nb.v2,y\n", {"a.png", "b.v2.png"}, "x y"},
        {"file,class\na.png,x\na.jpg,y\n", {"a.jpg", "a.png"}, "y x"},
        {"file,class\na.png,x\na.jpg,y\n", {"a.png"}, "x"},
        {"file,class\nB/a.png,x\nC/a.png,y\n", {"B/a.png"}, "x"},
        {"file,class\n\"a\nb.png\",x\n\"\"\"q\"\".png\",y\n", {"a\nb.png", "\"q\".png"}, "x y"},
        {"file,class\na\xcc\x88.png,x\n", {"B/\xc3\xa4.png"}, "x"},
        {"file,class\nA.PNG,x\nb.Jpg,y\n", {"a.png", "B.JPG"}, "x y"},
        {"file,class\nB/A.png,x\nC/a.PNG,y\n", {"b/a.png", "c/a.png"}, "x y"},
        {"file,class\na.png,x\nA.png,y\n", {"A.png", "a.png"}, "y x"},
        {"file,class\na.png,x\nA.png,y\n", {"a.png"}, "x"},
        {"file,class\nA,x\nB,y\n", {"a.png", "b.jpg"}, "x y"},
        {"file,class\n\xc3\x84.png,x\n", {"a\xcc\x88.png"}, "x"},
        {"file,class\na.png,1.0\nb.png,0.0\n", {"a.png", "b.png"}, "1 0"},
        {"file;class\na.png;1,0\nb.png;10\n", {"a.png", "b.png"}, "1 10"},
        {"file,class\na.png,1.0\nb.png,x\n", {"a.png", "b.png"}, "1.0 x"},
        {"file,class\na.png,1.5\nb.png,0.0\n", {"a.png", "b.png"}, "1.5 0.0"},
        {"file,x,y\na.png,1.0,0\nb.png,0,1\n,,\n", {"a.png", "b.png"}, "x y"},
        {"file,class\n\xc3\xa4.png,x\na\xcc\x88.png,y\n", {"a\xcc\x88.png", "\xc3\xa4.png"}, "y x"},
        {"file,class\na.png,Bl\xc3\xa4st\nb.png,Bla\xcc\x88st\n",
         {"a.png", "b.png"},
         "Bl\xc3\xa4st Bl\xc3\xa4st"},
        /* errors */
        {"file,class\na.png,x\n",
         {"B/a.png", "C/a.png"},
         "line 2: \"a.png\" fits two images: B/a.png and C/a.png"},
        {"file,class\na,x\n", {"a.jpg", "a.png"}, "line 2: \"a\" fits two images"},
        {"file,class\nA.png,x\n", {"a.png", "a.PNG"}, "line 2: \"A.png\" fits two images"},
        {"file,class\nD/a.png,x\n", {"B/a.png", "C/a.png"}, "line 2: \"D/a.png\" fits two"},
        {"file,class\na.png,x\na,y\n", {"a.png"}, "lines 2 and 3: two class values for a.png"},
        {"file,class\nB/a.png,x\nC/a.png,y\n", {"D/a.png"}, "lines 2 and 3: two class values"},
        {"file,class\n\xc3\xa4.png,x\n",
         {"a\xcc\x88.png", "B/\xc3\xa4.png", "\xc3\xa4.png"},
         "images without a class: 2 of 3 (a"},
        {"file,class\na.png,x\n",
         {"a.png", "b.png", "c.png"},
         "images without a class: 2 of 3 (b.png, c.png)"},
        {"file,class\nq.png,x\nr.png,y\n",
         {"a.png", "b.png", "c.png"},
         "no row names an image (rows: 2, the first is about q.png; images: 3, a.png, b.png, "
         "c.png)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *result = match(cases[i].text, cases[i].files, NULL);
        if (!strstr(result, cases[i].result))
            g_error("case %zu: %s", i, result);
    }
}

/* Rows without an image, and names that fit only in part, are told. */
static void test_notes(void)
{
    const struct {
        const char *text, *file, *note;
    } cases[] = {
        {"file,class\na.png,x\nb.png,y\n", "a.png",
         "rows without an image here: 1 of 2 (line 3: b.png)"},
        {"file,class\na\xcc\x88.png,x\n", "\xc3\xa4.png", "apart from composed letters: 1"},
        {"file,class\na.tif,x\n", "a.png", "apart from the ending: 1"},
        {"file,class\nB/a.png,x\n", "C/a.png", "apart from the folder: 1 (line 2: B/a.png)"},
        {"file,class\nA.PNG,x\n", "a.png", "apart from capitals: 1"},
        {"file,x,y\na.png,1,0\n", "a.png", "a column for each class"},
        {"file,class\na,x\n", "B/a.png", NULL},
        {"file,class\nme/B/a.png,x\n", "B/a.png", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
        const char *const files[] = {cases[i].file, NULL};
        g_autofree gchar *result = match(cases[i].text, files, notes);
        g_assert_cmpstr(result, ==, "x");
        g_assert_cmpuint(notes->len, ==, cases[i].note ? 1 : 0);
        if (cases[i].note)
            g_assert_nonnull(strstr(notes->pdata[0], cases[i].note));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/file-table/columns", test_columns);
    g_test_add_func("/file-table/refuses", test_refuses);
    g_test_add_func("/file-table/match", test_match);
    g_test_add_func("/file-table/notes", test_notes);
    return g_test_run();
}
