#include "stats/interval.h"
#include "stats/paired.h"
#include "stats/plan.h"
#include <math.h>
#include <string.h>

static const char *const two[] = {"negative", "positive"};

/* Newcombe 1998 (paired data), table: 36, 12, 2, 0 gives 0.0569 to 0.3404 for first - second; the
 * other rows by the paper's equations in R. */
static void test_newcombe(void)
{
    LeukoInterval w = leuko_newcombe_paired(36, 12, 2, 0);
    g_assert_cmpfloat_with_epsilon(w.low, -0.34042760, 1e-8);
    g_assert_cmpfloat_with_epsilon(w.high, -0.05692958, 1e-8);
    w = leuko_newcombe_paired(43, 0, 0, 0);
    g_assert_cmpfloat_with_epsilon(w.low, -0.0820098, 1e-7);
    g_assert_cmpfloat_with_epsilon(w.high, 0.0820098, 1e-7);
    w = leuko_newcombe_paired(30, 5, 9, 16);
    g_assert_cmpfloat_with_epsilon(w.low, -0.0574394917110605, 1e-12);
    g_assert_cmpfloat_with_epsilon(w.high, 0.1873231368987727, 1e-12);
}

static void test_mcnemar(void)
{
    g_assert_cmpfloat(leuko_mcnemar(0, 0), ==, 1);
    g_assert_cmpfloat_with_epsilon(leuko_mcnemar(0, 5), 0.0625, 1e-15);
    g_assert_cmpfloat_with_epsilon(leuko_mcnemar(8, 2), 0.109375, 1e-15);
    g_assert_cmpfloat(leuko_mcnemar(3, 3), ==, 1);
}

enum { GROUPS = 6, EACH = 4, N = GROUPS * EACH };

/* Of six groups the second model has one image more right in each: of the 2^6 exchanges only two
 * give a difference as large. */
static void test_exchange(void)
{
    gint labels[N];
    double a[2 * N], b[2 * N];
    const char *groups[N];
    static const char *const names[GROUPS] = {"A", "B", "C", "D", "E", "F"};
    for (int i = 0; i < N; i++) {
        labels[i] = i % 2;
        groups[i] = names[i / EACH];
        a[2 * i + 1] = i % EACH == 0 ? 0.6 : labels[i] ? 0.9 : 0.1; /* one false positive */
        b[2 * i + 1] = labels[i] ? 0.8 : 0.2;
        a[2 * i] = 1 - a[2 * i + 1];
        b[2 * i] = 1 - b[2 * i + 1];
    }
    LeukoEvalInput first = {.n = N,
                            .n_classes = 2,
                            .classes = two,
                            .labels = labels,
                            .probabilities = a,
                            .groups = groups,
                            .positive = 1,
                            .threshold = 0.5,
                            .prevalence = NAN};
    LeukoEvalInput second = first;
    second.probabilities = b;
    g_autoptr(LeukoPaired) p = leuko_paired_compare(&first, &second, NULL);
    const LeukoDifference *accuracy = &p->differences[0];
    g_assert_cmpstr(accuracy->name, ==, "accuracy");
    g_assert_cmpuint(p->only_second, ==, GROUPS);
    g_assert_cmpfloat(accuracy->p_value, ==, 2.0 / 64);
    g_assert_true(isnan(accuracy->low) && g_str_has_prefix(accuracy->method, "not estimable"));
    first.groups = second.groups = NULL;
    g_autoptr(LeukoPaired) alone = leuko_paired_compare(&first, &second, NULL);
    g_assert_cmpfloat_with_epsilon(alone->differences[0].p_value, 2.0 / 64,
                                   1e-15); /* McNemar 6:0 */
    g_assert_cmpfloat(alone->differences[0].low, >, 0);
}

/* 139 independent cells narrow Wilson's interval at 0.9 to 0.1; Student's t asks for a few more.
 * With all cells of a patient alike (ICC 1) more cells do not help. */
static void test_plan(void)
{
    LeukoPlan plan = {LEUKO_PLAN_PROPORTION, 0.9, 1, 0, 1};
    guint alone = leuko_plan_patients(&plan, 0.1);
    g_assert_cmpuint(alone, >=, 139);
    g_assert_cmpuint(alone, <=, 145);
    g_assert_cmpfloat(leuko_plan_width(&plan, alone), <=, 0.1);
    g_assert_cmpfloat(leuko_plan_width(&plan, alone - 1), >, 0.1);
    plan.cells = 100;
    plan.icc = 1;
    g_assert_cmpuint(leuko_plan_patients(&plan, 0.1), ==, alone);
    g_assert_cmpuint(leuko_plan_patients(&plan, 0.0001), ==, 0);
    LeukoPlan auc = {LEUKO_PLAN_AUC, 0.9, 1, 0, 1};
    g_assert_cmpuint(leuko_plan_patients(&auc, 0.1), >, 50);
    double wide = leuko_plan_width(&auc, 100);
    auc.ratio = 3;
    g_assert_cmpfloat(leuko_plan_width(&auc, 100), <, wide);
}

/* Analysis of variance by hand: 4 units of 2; hits 2, 0, 1, 1. MSB = (0.5 + 0.5)/3, MSW = 1/4,
 * k = 2; (1/3 - 1/4) / (1/3 + 1/4) = 1/7. */
static void test_icc(void)
{
    const gboolean outcome[] = {TRUE, TRUE, FALSE, FALSE, TRUE, FALSE, FALSE, TRUE};
    const guint unit[] = {0, 0, 1, 1, 2, 2, 3, 3}, own[] = {0, 1, 2, 3, 4, 5, 6, 7};
    g_assert_cmpfloat_with_epsilon(leuko_intraclass_correlation(8, outcome, unit, 4), 1.0 / 7,
                                   1e-15);
    g_assert_true(isnan(leuko_intraclass_correlation(8, outcome, own, 8)));
    const gboolean equal[] = {TRUE, TRUE, TRUE, TRUE};
    g_assert_true(isnan(leuko_intraclass_correlation(4, equal, unit, 2)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/paired/newcombe", test_newcombe);
    g_test_add_func("/paired/mcnemar", test_mcnemar);
    g_test_add_func("/paired/exchange", test_exchange);
    g_test_add_func("/plan/patients", test_plan);
    g_test_add_func("/plan/icc", test_icc);
    return g_test_run();
}
