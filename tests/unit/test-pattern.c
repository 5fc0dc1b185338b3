#include "base/file-names.h"
#include "data/pattern.h"
#include "leuko/error.h"
#include "leuko/split.h"
#include <string.h>

/* A pattern is written as it is read; anything else is refused. */
static void test_text(void)
{
    const char *const good[] = {"flat",
                                "**",
                                "class",
                                "class/group",
                                "class/**",
                                "split/class",
                                "*/fold/class/group/**",
                                "group/class"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        LeukoPattern pattern;
        g_assert_true(leuko_pattern_parse(good[i], &pattern, &error));
        g_autofree gchar *text = leuko_pattern_text(&pattern);
        g_assert_cmpstr(text, ==, good[i]);
    }
    const char *const bad[] = {"",         "classes",    "class/class",       "class/",
                               "**/class", "flat/class", "*/*/*/*/*/*/*/*/*", "Class"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        LeukoPattern pattern;
        g_assert_false(leuko_pattern_parse(bad[i], &pattern, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

static void test_split_names(void)
{
    g_assert_cmpint(leuko_pattern_split("train"), ==, LEUKO_TRAIN);
    g_assert_cmpint(leuko_pattern_split("Training"), ==, LEUKO_TRAIN);
    g_assert_cmpint(leuko_pattern_split("VAL"), ==, LEUKO_VALIDATION);
    g_assert_cmpint(leuko_pattern_split("valid"), ==, LEUKO_VALIDATION);
    g_assert_cmpint(leuko_pattern_split("Validation"), ==, LEUKO_VALIDATION);
    g_assert_cmpint(leuko_pattern_split("TESTING"), ==, LEUKO_TEST);
    g_assert_cmpint(leuko_pattern_split("tests"), ==, -1);
    g_assert_cmpint(leuko_pattern_split(""), ==, -1);
}

/* The pattern of a tree, or the message. */
static gchar *detect(const char *tree, gboolean classes_known)
{
    g_auto(GStrv) files = g_strsplit(tree, " ", -1);
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (guint i = 0; files[i]; i++)
        g_ptr_array_add(sorted, files[i]);
    g_ptr_array_sort(sorted, leuko_compare_names);
    g_autoptr(GError) error = NULL;
    LeukoPattern pattern;
    if (leuko_pattern_detect("DIR", (const char *const *)sorted->pdata, sorted->len, classes_known,
                             &pattern, &error))
        return leuko_pattern_text(&pattern);
    g_assert_true(error->domain == LEUKO_ERROR);
    g_assert_true(error->code == LEUKO_ERROR_AMBIGUOUS || error->code == LEUKO_ERROR_DATA);
    return g_strdup(error->message);
}

/* Each tree has the one pattern, or is refused with two readings. */
static void test_detect(void)
{
    const struct {
        const char *tree, *result;
    } cases[] = {
        {"a/1 b/2", "class"},
        {"a/1", "class"},
        {"P1/1 P2/2", "class"},
        {"1 2 3", "flat"},
        {"a/1 b/2 stray", "class"},
        {"a/1 a/old/2 b/3", "class"}, /* the image in old is deeper */
        {"a/P1/1 a/P2/2 b/P1/3", "class/group"},
        {"a/P1/1 b/P2/2 b/stray", "class/group"},
        {"a/P1/1 a/P1/week2/2 b/P2/3", "class/group/**"},
        {"a/patientA/1 b/patientB/2", "class/group"},
        {"M0/P1/1 M1/P2/2 M1/P3/3", "class/group"},
        {"fold_0/a/1 fold_0/b/2 fold_1/a/3", "fold/class"},
        {"Fold1/a/1 Fold2/b/2", "fold/class"},
        {"a/fold_0/1 a/fold_1/2 b/fold_0/3", "class/fold"},
        {"train/a/1 train/b/2 test/a/3", "split/class"},
        {"Train/a/1 VALID/b/2 Testing/a/3", "split/class"},
        {"a/train/1 a/test/2 b/train/3", "class/split"},
        {"train/a/P1/1 train/b/P2/2 test/a/P3/3", "split/class/group"},
        {"set/train/a/1 set/test/b/2", "*/split/class"},
        {"C-NMC/fold_0/all/1 C-NMC/fold_1/hem/2", "*/fold/class"},
        {"fold_0/train/a/1 fold_0/test/b/2", "fold/split/class"},
        {"train/1 test/2", "split"},
        /* refused */
        {"0/P1/1 0/P2/1 1/P1/3", "\"group/class\" (group \"0\", class \"P1\")"},
        {"set/a/1 set/b/2", "\"class/group\" (class \"set\", group \"a\") or as \"*/class\""},
        {"set/P1/1 set/P2/2", "\"class/group\" (class \"set\", group \"P1\") or as \"*/class\""},
        {"P1/a/1 P1/b/2 P2/a/3",
         "\"class/group\" (class \"P1\", group \"a\") or as \"group/class\""},
        {"x/a/1 x/b/2 y/a/3 y/b/4", "(group \"x\", class \"a\")"},
        {"a/40x/1 b/40x/2", "\"group/class\""},
        {"a/week1/1 b/week2/2", "\"group/class\""},
        {"a/batch1/1 b/batch2/2", "\"group/class\""},
        {"a/type1/1 b/type2/2", "\"group/class\""},
        {"a/images/1 a/masks/1 b/images/2 b/masks/2", "\"group/class\""},
        {"a/1 a/P1/2 b/3 b/P2/4", "\"class\" (class \"a\") or as \"class/group/**\""},
        {"a/1 b/P1/2", "\"class/group/**\""},
        {"train/a/1 extra/a/2", "\"split/class\""},
        {"fold_1/a/1 extra/a/2", "\"fold/class\""},
        {"train/a/1 fold_1/a/2", "or as"},
        {"1 2 3 a/4", "\"class\" (class \"a\") or as \"flat\""},
        {"train/a/x/1 train/b/y/2", "\"split/class/group\""},
        {"Blast/1 blast/2", "\"Blast\" and \"blast\" differ only in case"},
        {"train/A/1 test/a/2", "\"A\" and \"a\" differ only"},
        {"\xc3\xa4/1 a\xcc\x88/2", "differ only"},
        {"a/P1/1 b/p1/2", "\"P1\" and \"p1\" differ only"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *result = detect(cases[i].tree, FALSE);
        gboolean is_message = strpbrk(cases[i].result, " \"") != NULL;
        if (is_message ? !strstr(result, cases[i].result) : strcmp(result, cases[i].result) != 0)
            g_error("%s: %s", cases[i].tree, result);
    }
}

/* Where a table gives the classes, only folders of splits mean something. */
static void test_classes_known(void)
{
    const struct {
        const char *tree, *result;
    } cases[] = {{"1 2", "flat"},
                 {"a/1 b/2 3", "**"},
                 {"a/x/1 b/y/2", "**"},
                 {"train/1 test/2", "split"},
                 {"train/x/1 test/2", "split/**"},
                 {"fold_0/1 fold_1/2", "fold"},
                 {"set/Train/1 set/Test/2", "*/split"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *result = detect(cases[i].tree, TRUE);
        g_assert_cmpstr(result, ==, cases[i].result);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pattern/text", test_text);
    g_test_add_func("/pattern/split-names", test_split_names);
    g_test_add_func("/pattern/detect", test_detect);
    g_test_add_func("/pattern/classes-known", test_classes_known);
    return g_test_run();
}
