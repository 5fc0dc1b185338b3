#include "answer/record.h"
#include "leuko/error.h"
#include "stats/decide.h"
#include <math.h>
#include <string.h>

/* Two classes, the second positive; refer band 0.4 to 0.6. */
static LeukoModel *two_classes(const char *first, const char *second)
{
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.n_classes = 2;
    LeukoModel *m = leuko_model_new(&spec);
    m->classes = g_new0(gchar *, 3);
    m->classes[0] = g_strdup(first);
    m->classes[1] = g_strdup(second);
    m->positive = 1;
    m->refer_low = 0.4;
    m->refer_high = 0.6;
    return m;
}

static LeukoAnswer *decided(const LeukoModel *m, const char *file, double positive,
                            double threshold)
{
    LeukoAnswer *a = leuko_answer_new(m, file);
    const double p[] = {1 - positive, positive};
    leuko_answer_decide(a, m, p, NAN, threshold, 0.8);
    a->seconds = 0.0314;
    return a;
}

/* The threshold decides, the marks do not; refer comes before low. */
static void test_marks(void)
{
    g_autoptr(LeukoModel) m = two_classes("healthy", "leukemic");
    const struct {
        double positive, threshold;
        gint decision;
        gboolean low, refer;
        const char *line;
    } cases[] = {
        {0.9, (double)NAN, 1, FALSE, FALSE, "x.png: leukemic, confidence 0.900, 0.031 s"},
        {0.7, (double)NAN, 1, TRUE, FALSE, "x.png: leukemic, confidence 0.700 LOW, 0.031 s"},
        {0.5, (double)NAN, 0, TRUE, TRUE,
         "x.png: healthy, confidence 0.500 REFER (in the model's refer band), 0.031 s"},
        {0.3, 0.25, 1, TRUE, FALSE, "x.png: leukemic, confidence 0.300 LOW, 0.031 s"},
        {0.1, 0.25, 0, FALSE, FALSE, "x.png: healthy, confidence 0.900, 0.031 s"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(LeukoAnswer) a = decided(m, "x.png", cases[i].positive, cases[i].threshold);
        g_autofree gchar *line = leuko_answer_to_line(a);
        g_assert_cmpint(a->decision, ==, cases[i].decision);
        g_assert_cmpint(a->low, ==, cases[i].low);
        g_assert_cmpint(a->refer, ==, cases[i].refer);
        g_assert_cmpstr(line, ==, cases[i].line);
    }
}

/* Outputs that are not finite give no probabilities, no decision, and the record's error, with a
 * threshold and without. */
static void test_not_finite(void)
{
    g_autoptr(LeukoModel) m = two_classes("healthy", "leukemic");
    const float logits[][2] = {{NAN, 0}, {0, NAN}, {INFINITY, 0}, {-INFINITY, 0}, {NAN, NAN}};
    for (gsize i = 0; i < G_N_ELEMENTS(logits); i++)
        for (guint with = 0; with < 2; with++) {
            double p[2];
            g_assert_false(leuko_soften(logits[i], 2, 1.0, p));
            g_assert_true(isnan(p[0]) && isnan(p[1]));
            g_autoptr(LeukoAnswer) a = leuko_answer_new(m, "x.png");
            leuko_answer_decide(a, m, p, NAN, with ? 0.5 : (double)NAN, 0.8);
            g_autofree gchar *line = leuko_answer_to_line(a), *csv = leuko_answer_to_csv(a);
            g_assert_cmpint(a->decision, ==, -1);
            g_assert_error(a->error, LEUKO_ERROR, LEUKO_ERROR_DATA);
            g_assert_true(g_str_has_prefix(line, "x.png: the network's outputs are not finite"));
            g_assert_null(strstr(csv, "nan"));
        }
    const double half[] = {0.2, NAN};
    g_assert_cmpint(leuko_decide(half, 2, 0, 0.5), ==, -1);
}

/* The truth is the folder's class, else ALL-IDB's digit, else not known. */
static void test_truth(void)
{
    g_autoptr(LeukoModel) named = two_classes("healthy", "leukemic"),
                          digits = two_classes("1", "0");
    const struct {
        const LeukoModel *model;
        const char *file;
        gint truth;
    } cases[] = {
        {named, "cells/healthy/Im001_1.jpg", 0},
        {named, "cells/Im001_1.jpg", 1},
        {named, "cells/Im001_0.jpg", 0},
        {named, "cells/Im001.jpg", -1},
        {named, "healthy.jpg", -1},
        {digits, "cells/Im001_1.jpg", 0},
        {digits, "0/Im001_1.jpg", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(LeukoAnswer) a = leuko_answer_new(cases[i].model, cases[i].file);
        g_assert_cmpint(a->truth, ==, cases[i].truth);
    }
}

/* Line, CSV row and JSON of one answer; commas and quotes of names are quoted as each form does. */
static void test_forms(void)
{
    g_autoptr(LeukoModel) m = two_classes("healthy", "a,b");
    g_autoptr(LeukoAnswer) a = decided(m, "healthy/\"x\".png", 0.75, (double)NAN);
    g_autofree gchar *line = leuko_answer_to_line(a), *row = leuko_answer_to_csv(a),
                     *json = leuko_answer_to_json(a);
    g_autoptr(GString) header = g_string_new(NULL);
    leuko_answer_append_csv_header(m, header);
    g_assert_cmpstr(header->str, ==,
                    "file,truth,class,confidence,mark,reason,error,p(healthy),\"p(a,b)\"\n");
    g_assert_cmpstr(line, ==, "healthy/\"x\".png: a,b (incorrect), confidence 0.750 LOW, 0.031 s");
    g_assert_cmpstr(row, ==,
                    "\"healthy/\"\"x\"\".png\",healthy,\"a,b\",0.750000,low,,,0.250000,0.750000\n");
    g_assert_cmpstr(
        json, ==,
        "{\"file\":\"healthy/\\\"x\\\".png\",\"class\":\"a,b\",\"truth\":\"healthy\","
        "\"confidence\":0.75,\"low\":true,\"refer\":false,\"reason\":null,"
        "\"distance\":null,\"probabilities\":{\"healthy\":0.25,\"a,b\":0.75},\"seconds\":0.0314}");
}

/* A class that cannot be ruled out refers; an image far from the training classes does so first. */
static void test_referred(void)
{
    g_autoptr(LeukoModel) m = two_classes("healthy", "leukemic");
    LeukoTypical typical = {.limit = 0.5};
    const double p[2] = {0.7, 0.3};
    m->referral = leuko_referral_new(2);
    m->referral->classes[1] = (LeukoReferralClass){LEUKO_PROMISE_CONFIDENT, 1, 100, 100};
    m->typical = &typical;
    for (guint far = 0; far < 2; far++) {
        g_autoptr(LeukoAnswer) a = leuko_answer_new(m, "x.png");
        leuko_answer_decide(a, m, p, far ? 0.6 : 0.4, NAN, 0.5);
        g_autofree gchar *why = leuko_answer_refer_text(a), *row = leuko_answer_to_csv(a);
        g_assert_cmpint(a->decision, ==, 0);
        g_assert_cmpint(a->refer_reason, ==, far ? LEUKO_REFER_UNLIKE : LEUKO_REFER_CLASS);
        g_assert_cmpint(a->rival, ==, far ? -1 : 1);
        g_assert_cmpfloat_with_epsilon(a->distance, exp(far ? 0.6 : 0.4), 1e-12);
        g_assert_cmpstr(why, ==,
                        far ? "unlike the training images" : "leukemic cannot be ruled out");
        g_assert_nonnull(strstr(row, far ? ",refer,unlike" : ",refer,leukemic cannot"));
    }
    m->typical = NULL;
}

/* An unreadable image has its error in each form, and no class and no number. */
static void test_unreadable(void)
{
    g_autoptr(LeukoModel) m = two_classes("healthy", "leukemic");
    g_autoptr(LeukoAnswer) a = leuko_answer_new(m, "x.png");
    a->error = g_error_new(LEUKO_ERROR, LEUKO_ERROR_FORMAT, "x.png: cut\nshort");
    g_autofree gchar *line = leuko_answer_to_line(a), *row = leuko_answer_to_csv(a),
                     *json = leuko_answer_to_json(a);
    g_assert_null(leuko_answer_class(a));
    g_assert_cmpstr(line, ==, "x.png: cut\\x0ashort");
    g_assert_cmpstr(row, ==, "x.png,,,,,,x.png: cut\\x0ashort,,\n");
    g_assert_cmpstr(json, ==, "{\"file\":\"x.png\",\"error\":\"x.png: cut\\nshort\"}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record/not-finite", test_not_finite);
    g_test_add_func("/record/marks", test_marks);
    g_test_add_func("/record/truth", test_truth);
    g_test_add_func("/record/forms", test_forms);
    g_test_add_func("/record/referred", test_referred);
    g_test_add_func("/record/unreadable", test_unreadable);
    return g_test_run();
}
