#include "compile/verify.h"
#include <math.h>
#include <string.h>

enum { N = 3, K = 2 };

static const gchar *const classes[] = {"a", "b", NULL};
static const gint labels[N] = {0, 1, 1};
static const double reference[N * K] = {0.8, 0.2, 0.3, 0.7, 0.45, 0.55};

/* Answers whose second probability is moved by `shift` in image 2. */
static LeukoVerifyReport *compare(double shift, gboolean reduced, const LeukoVerifyOptions *o)
{
    double answers[N * K];
    memcpy(answers, reference, sizeof answers);
    answers[2 * K] += shift;
    answers[2 * K + 1] -= shift;
    const LeukoVerifyInput in = {.n = N,
                                 .n_classes = K,
                                 .reference = reference,
                                 .answers = answers,
                                 .labels = labels,
                                 .classes = classes,
                                 .positive = 1,
                                 .threshold = 0.5,
                                 .reduced = reduced};
    return leuko_verify_compare(&in, o);
}

static const LeukoVerifyFigure *find(const LeukoVerifyReport *r, const char *name)
{
    for (guint i = 0; i < r->n_figures; i++)
        if (strcmp(r->figures[i].name, name) == 0)
            return &r->figures[i];
    g_assert_not_reached();
}

/* Two files in fp32 are judged by the largest difference alone; the image where it occurs is
 * kept. */
static void test_exact(void)
{
    const LeukoVerifyOptions o = leuko_verify_options_default();
    g_autoptr(LeukoVerifyReport) same = compare(0.0005, FALSE, &o);
    g_autoptr(LeukoVerifyReport) other = NULL;
    g_assert_true(same->same);
    g_assert_cmpfloat(find(same, "largest |dp|")->limit, ==, 1e-3);
    g_assert_true(isnan(find(same, "mean |dp|")->limit));
    g_assert_true(isnan(find(same, "decisions that flip")->limit));
    other = compare(0.1, FALSE, &o); /* the decision of image 2 flips */
    g_assert_false(other->same);
    g_assert_cmpuint(other->n_over, ==, 1);
    g_assert_cmpuint(other->n_flips, ==, 1);
    g_assert_cmpuint(other->worst, ==, 2);
    g_assert_cmpfloat_with_epsilon(other->max_dp, 0.1, 1e-12);
    g_assert_cmpfloat_with_epsilon(other->worst_reference[1], 0.55, 1e-12);
    g_assert_cmpfloat_with_epsilon(other->worst_answers[1], 0.45, 1e-12);
}

/* With a reduced precision the decisions, the mean difference and the AUC are judged instead. */
static void test_reduced(void)
{
    const LeukoVerifyOptions o = leuko_verify_options_default();
    g_autoptr(LeukoVerifyReport) same = compare(0.02, TRUE, &o);
    g_autoptr(LeukoVerifyReport) other = compare(0.1, TRUE, &o);
    g_assert_true(same->same); /* no flip; the mean is 0.02 / 3 */
    g_assert_true(isnan(find(same, "largest |dp|")->limit));
    g_assert_cmpfloat(find(same, "AUC lost")->limit, ==, 0.005);
    g_assert_false(other->same);
    g_assert_true(find(other, "decisions that flip")->over);
    g_assert_true(find(other, "mean |dp|")->over);
    g_assert_false(find(other, "AUC lost")->over);
}

/* A limit that the caller gives takes the place of the default. */
static void test_limits(void)
{
    LeukoVerifyOptions o = leuko_verify_options_default();
    o.max_dp = 1;
    o.flips = 0.5;
    g_autoptr(LeukoVerifyReport) r = compare(0.1, FALSE, &o);
    g_assert_cmpfloat(find(r, "decisions that flip")->limit, ==, 0.5);
    g_assert_false(find(r, "decisions that flip")->over);
    g_assert_cmpfloat(find(r, "mean |dp|")->limit, ==, 0.01); /* judged with the others */
    g_assert_true(find(r, "mean |dp|")->over);
}

/* Answers that are not numbers are never the same. */
static void test_nan(void)
{
    const LeukoVerifyOptions o = leuko_verify_options_default();
    g_autoptr(LeukoVerifyReport) exact = compare((double)NAN, FALSE, &o);
    g_autoptr(LeukoVerifyReport) reduced = compare((double)NAN, TRUE, &o);
    g_assert_false(exact->same);
    g_assert_false(reduced->same);
}

/* The check tool's figures are those of the image where each is largest. */
static void test_checks(void)
{
    const LeukoVerifyOptions o = leuko_verify_options_default();
    g_autoptr(LeukoVerifyReport) r = compare(0.1, FALSE, &o);
    g_assert_cmpfloat_with_epsilon(r->checks[0].value, 100 * 0.1 / 0.55, 1e-9);
    g_assert_cmpfloat_with_epsilon(r->checks[2].value, 100, 1e-9);
    g_assert_cmpfloat_with_epsilon(r->checks[4].value, 0.2, 1e-9);
    g_assert_true(r->checks[0].over);
    g_assert_false(r->checks[4].over); /* no limit */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verify/exact", test_exact);
    g_test_add_func("/verify/reduced", test_reduced);
    g_test_add_func("/verify/limits", test_limits);
    g_test_add_func("/verify/nan", test_nan);
    g_test_add_func("/verify/checks", test_checks);
    return g_test_run();
}
