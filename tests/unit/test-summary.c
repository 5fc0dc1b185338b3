#include "answer/summary.h"
#include "base/json.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <math.h>

static LeukoModel *two_classes(void)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = 2;
    LeukoModel *m = leuko_model_new(&spec);
    m->classes = g_strsplit("healthy,leukemic", ",", -1);
    m->positive = 1;
    m->refer_low = 0.45;
    m->refer_high = 0.55;
    return m;
}

static void add(LeukoSummary *s, const char *file, double positive)
{
    const double p[] = {1 - positive, positive};
    g_autoptr(LeukoAnswer) a = leuko_answer_new(s->model, file);
    if (positive < 0)
        a->error = g_error_new(LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: bad", file);
    else
        leuko_answer_decide(a, s->model, p, NAN, (double)NAN, 0.8);
    leuko_summary_add(s, a);
}

/* Where every readable image has a known truth, the text is the original's; the unreadable one does
 * not count. */
static void test_known(void)
{
    g_autoptr(LeukoModel) m = two_classes();
    g_autoptr(LeukoSummary) s = leuko_summary_new(m, FALSE, FALSE);
    add(s, "leukemic/a.png", 0.9);
    add(s, "leukemic/b.png", 0.7);
    add(s, "healthy/c.png", 0.7);
    add(s, "healthy/d.png", -1);
    g_autofree gchar *text = leuko_summary_to_text(s);
    g_assert_cmpstr(text, ==,
                    "Testing ended. 2 correct, 1 incorrect, 2 low confidence: (1 correct, 1 "
                    "incorrect)");
    g_assert_cmpuint(s->n, ==, 4);
    g_assert_cmpuint(s->n_unreadable, ==, 1);
}

/* Else it counts the decisions; images in the refer band are named. */
static void test_unknown(void)
{
    g_autoptr(LeukoModel) m = two_classes();
    g_autoptr(LeukoSummary) s = leuko_summary_new(m, FALSE, FALSE);
    add(s, "leukemic/a.png", 0.9);
    add(s, "b.png", 0.5);
    g_autofree gchar *text = leuko_summary_to_text(s);
    g_assert_cmpstr(text, ==,
                    "1 of 2 images is in the model's refer band, 0.45 to 0.55: a person must "
                    "decide (REFER)\n"
                    "The true class of 1 of 2 images is known: 1 correct, 0 incorrect\n"
                    "Classifying ended. 2 images: 1 healthy, 1 leukemic, 1 low confidence");
}

/* The table has a row and the JSON an object for each image, and the JSON the counts. */
static void test_files(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = two_classes();
    g_autoptr(LeukoSummary) s = leuko_summary_new(m, TRUE, TRUE);
    g_autofree gchar *folder = g_dir_make_tmp("leuko-summary-XXXXXX", NULL),
                     *csv = g_build_filename(folder, "a.csv", NULL),
                     *json = g_build_filename(folder, "a.json", NULL), *table = NULL;
    add(s, "leukemic/a.png", 0.9);
    add(s, "b.png", -1);
    g_assert_true(leuko_summary_save(s, csv, json, &error));
    g_assert_true(g_file_get_contents(csv, &table, NULL, NULL));
    g_assert_cmpstr(table, ==,
                    "file,truth,class,confidence,mark,reason,error,p(healthy),p(leukemic)\n"
                    "leukemic/a.png,leukemic,leukemic,0.900000,,,,0.100000,0.900000\n"
                    "b.png,,,,,,b.png: bad,,\n");
    g_autoptr(json_t) all = leuko_json_load(json, &error);
    g_assert_no_error(error);
    int images, unreadable, known, correct, low, refer;
    json_t *answers, *warnings;
    const char *notice;
    g_assert_cmpint(json_unpack(all, "{s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:s !}", "images",
                                &images, "unreadable", &unreadable, "known", &known, "correct",
                                &correct, "low", &low, "refer", &refer, "warnings", &warnings,
                                "answers", &answers, "notice", &notice),
                    ==, 0);
    g_assert_cmpint(images * 10000 + unreadable * 1000 + known * 100 + correct * 10 + low, ==,
                    21110);
    g_assert_cmpuint(json_array_size(answers), ==, 2);
    g_assert_cmpuint(json_array_size(warnings), ==, 0);
    g_assert_cmpint(refer, ==, 0);
    g_assert_cmpstr(notice, ==, LEUKO_RESEARCH_ONLY);
    g_unlink(csv);
    g_unlink(json);
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/summary/known", test_known);
    g_test_add_func("/summary/unknown", test_unknown);
    g_test_add_func("/summary/files", test_files);
    return g_test_run();
}
