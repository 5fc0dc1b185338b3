#include "data/naming.h"
#include "leuko/error.h"

/* The group is the first part in parentheses; an image without one has none, or is an error. */
static void test_group(void)
{
    const struct {
        const char *pattern, *file, *group;
    } cases[] = {
        {"(P[0-9]+)_", "blast/P07_0001.jpg", "P07"},
        {"UID_([^_]+)_([0-9]+)", "all/UID_H10_3.bmp", "H10"},
        {"^([^/]*)/", "hem/x.png", "hem"},
        {"(P[0-9]+)_", "blast/x.jpg", NULL},
        {"(P[0-9]*)?x", "blast/x.jpg", NULL},
        {"slide(\xc3\xa4+)", "a/slide\xc3\xa4\xc3\xa4.jpg", "\xc3\xa4\xc3\xa4"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GRegex) regex = leuko_naming_group_regex(cases[i].pattern, &error);
        g_assert_no_error(error);
        gint range[2];
        g_autofree gchar *any =
            leuko_naming_group(regex, cases[i].file, LEUKO_GROUP_OPTIONAL, range, NULL);
        g_assert_cmpstr(any, ==, cases[i].group ? cases[i].group : "");
        g_autofree gchar *part = g_strndup(cases[i].file + range[0], (gsize)(range[1] - range[0]));
        g_assert_cmpstr(part, ==, any);
        g_autofree gchar *group =
            leuko_naming_group(regex, cases[i].file, LEUKO_GROUP_REQUIRED, NULL, &error);
        g_assert_cmpstr(group, ==, cases[i].group);
        if (!cases[i].group)
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    }
}

/* An expression that does not compile or names no part is refused. */
static void test_bad_regex(void)
{
    const char *const bad[] = {"(", "P[0-9]+", "", "(?:P)"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(leuko_naming_group_regex(bad[i], &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

/* Only _0 and _1 behind a number and right before the ending are a truth. */
static void test_truth(void)
{
    const struct {
        const char *file;
        gint truth;
    } cases[] = {
        {"Im001_1.jpg", 1},     {"a_1/Im001_0.tif", 0},
        {"Hor-Im002_1.JPG", 1}, {"Im001_1", 1},
        {"Im001_0.jfif", 0},    {"_1.jpg", -1},
        {"image_0.png", -1},    {"image_1.png", -1},
        {"Im001_2.jpg", -1},    {"Im0011.jpg", -1},
        {"1.jpg", -1},          {"_10.jpg", -1},
        {"Im001_1.txt", -1},    {"", -1},
        {"Im_1.jpg.png", -1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(leuko_naming_truth(cases[i].file), ==, cases[i].truth);
}

/* The digit alone, and the length without the ending of an image. */
static void test_digit_and_stem(void)
{
    g_assert_cmpint(leuko_naming_digit("cell_1.png"), ==, 1);
    g_assert_cmpint(leuko_naming_digit("a/_0.png"), ==, 0);
    g_assert_cmpint(leuko_naming_digit("1.png"), ==, -1);
    g_assert_cmpint(leuko_naming_digit("cell_12.png"), ==, -1);
    const struct {
        const char *file;
        gsize n;
    } cases[] = {{"a.b/c.JPG", 5}, {"c.jfif", 1}, {"c.jpe", 1}, {"c", 1},
                 {"a.png/c", 7},   {".png", 4},   {"c.txt", 5}, {"a.png.tif", 5}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(leuko_naming_stem(cases[i].file), ==, cases[i].n);
}

/* Only the prefixes of augmentation count, with one to three digits each. */
static void test_copy_prefix(void)
{
    const struct {
        const char *name;
        gsize length;
    } cases[] = {
        {"Gray-a.jpg", 5},  {"Shear-a.jpg", 6},
        {"-45-3-a.jpg", 6}, {"170-12-a.jpg", 7},
        {"a.jpg", 0},       {"gray-a.jpg", 0},
        {"1234-1-a", 0},    {"12-a.jpg", 0},
        {"--1-2-a", 0},     {"", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(leuko_naming_copy_prefix(cases[i].name), ==, cases[i].length);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/naming/group", test_group);
    g_test_add_func("/naming/bad-regex", test_bad_regex);
    g_test_add_func("/naming/truth", test_truth);
    g_test_add_func("/naming/digit-and-stem", test_digit_and_stem);
    g_test_add_func("/naming/copy-prefix", test_copy_prefix);
    return g_test_run();
}
