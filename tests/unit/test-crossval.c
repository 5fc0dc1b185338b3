/* The folds of a cross-validation and the units that they hold. */
#include "leuko/error.h"
#include "study/crossval-folds.h"
#include "study/crossval-units.h"
#include <math.h>
#include <string.h>

enum { N = 120, UNITS = 24, K = 3 };

/* 24 units of one to nine images; each has one or two classes; every seventh image is a copy. */
static guint unit[N];
static gint labels[N];
static gboolean scored[N];
static const gchar *names[UNITS];

static LeukoFoldPlan make_plan(void)
{
    static const gchar *const classes[] = {"a", "b", "c", NULL};
    guint u = 0, left = 1;
    for (guint i = 0; i < N; i++) {
        unit[i] = u;
        labels[i] = (gint)((u + (u % 5 == 0 && i % 3 == 0)) % K);
        scored[i] = i % 7 != 3;
        if (--left == 0 && u + 1 < UNITS)
            left = 1 + (++u * 5) % 9;
    }
    for (guint j = 0; j < UNITS; j++)
        names[j] = "unit";
    return (LeukoFoldPlan){.hold_out = LEUKO_HOLD_OUT_FOLDS,
                           .n_folds = 5,
                           .n_repeats = 3,
                           .seed = 50,
                           .n = N,
                           .n_units = UNITS,
                           .n_classes = K,
                           .positive = -1,
                           .classes = classes,
                           .unit_names = names,
                           .has_groups = TRUE,
                           .unit = unit,
                           .labels = labels,
                           .scored = scored};
}

static void assert_same(const guint *a, guint n_a, const guint *b, guint n_b)
{
    g_assert_cmpuint(n_a, ==, n_b);
    g_assert_cmpint(memcmp(a, b, n_a * sizeof *a), ==, 0);
}

static guint repeat_of(const GPtrArray *folds, guint f)
{
    return ((const LeukoFold *)folds->pdata[f])->repeat;
}

/* In every repeat each unit is held out once; repeats divide differently; the same seed gives the
 * same folds. */
static void test_folds(void)
{
    g_autoptr(GError) error = NULL;
    LeukoFoldPlan plan = make_plan();
    guint n_folds, fold_of[3][UNITS];
    g_autoptr(GPtrArray) folds = leuko_crossval_folds_make(&plan, &n_folds, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n_folds, ==, 5);
    g_assert_cmpuint(folds->len, ==, 15);
    memset(fold_of, 0xff, sizeof fold_of);
    for (guint f = 0; f < folds->len; f++) {
        const LeukoFold *fold = folds->pdata[f];
        for (guint j = 0; j < fold->n_units; j++) {
            guint *of = &fold_of[fold->repeat][fold->units[j]];
            g_assert_cmpuint(*of, ==, G_MAXUINT);
            *of = fold->index;
        }
    }
    for (guint r = 0; r < 3; r++)
        for (guint u = 0; u < UNITS; u++)
            g_assert_cmpuint(fold_of[r][u], <, 5);
    g_assert_cmpint(memcmp(fold_of[0], fold_of[1], sizeof fold_of[0]), !=, 0);
    g_autoptr(GPtrArray) again = leuko_crossval_folds_make(&plan, &n_folds, &error);
    for (guint f = 0; f < folds->len; f++) {
        const LeukoFold *a = folds->pdata[f], *b = again->pdata[f];
        assert_same(a->units, a->n_units, b->units, b->n_units);
    }
}

/* More repeats leave the first ones as they are, so that a run folder can be continued. */
static void test_more_repeats(void)
{
    LeukoFoldPlan plan = make_plan();
    guint n_folds;
    g_autoptr(GPtrArray) three = leuko_crossval_folds_make(&plan, &n_folds, NULL);
    plan.n_repeats = 5;
    g_autoptr(GPtrArray) five = leuko_crossval_folds_make(&plan, &n_folds, NULL);
    for (guint f = 0; f < three->len; f++) {
        const LeukoFold *a = three->pdata[f], *b = five->pdata[f];
        assert_same(a->units, a->n_units, b->units, b->n_units);
    }
}

/* The classes are spread evenly: each fold has a fifth of each class, within a unit. */
static void test_balance(void)
{
    LeukoFoldPlan plan = make_plan();
    guint n_folds, count[5][K] = {{0}}, total[K] = {0};
    g_autoptr(GPtrArray) folds = leuko_crossval_folds_make(&plan, &n_folds, NULL);
    for (guint f = 0; f < folds->len && repeat_of(folds, f) == 0; f++)
        for (guint i = 0; i < N; i++) {
            const LeukoFold *fold = folds->pdata[f];
            gboolean held = FALSE;
            for (guint j = 0; j < fold->n_units; j++)
                held |= fold->units[j] == unit[i];
            count[f][labels[i]] += held && scored[i];
            total[labels[i]] += held && scored[i];
        }
    for (guint f = 0; f < 5; f++)
        for (guint k = 0; k < K; k++)
            g_assert_cmpfloat(fabs(count[f][k] - total[k] / 5.0), <=, 9);
}

/* Each group is a fold of its own. */
static void test_each_group(void)
{
    LeukoFoldPlan plan = make_plan();
    guint n_folds;
    plan.hold_out = LEUKO_HOLD_OUT_GROUP;
    plan.n_repeats = 1;
    g_autoptr(GPtrArray) folds = leuko_crossval_folds_make(&plan, &n_folds, NULL);
    g_assert_cmpuint(folds->len, ==, UNITS);
    for (guint f = 0; f < folds->len; f++) {
        const LeukoFold *fold = folds->pdata[f];
        g_assert_cmpuint(fold->n_units, ==, 1);
        g_assert_cmpuint(fold->units[0], ==, f);
    }
}

/* Every pair of a positive and a negative unit is held out once; a unit with both classes is
 * refused. */
static void test_each_pair(void)
{
    g_autoptr(GError) error = NULL;
    LeukoFoldPlan plan = make_plan();
    guint n_folds, n_positive = 0;
    plan.hold_out = LEUKO_HOLD_OUT_PAIR;
    plan.n_repeats = 1;
    plan.n_classes = 2;
    plan.positive = 1;
    for (guint i = 0; i < N; i++)
        labels[i] = unit[i] % 3 == 0;
    for (guint u = 0; u < UNITS; u++)
        n_positive += u % 3 == 0;
    g_autoptr(GPtrArray) folds = leuko_crossval_folds_make(&plan, &n_folds, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(folds->len, ==, n_positive * (UNITS - n_positive));
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint f = 0; f < folds->len; f++) {
        const LeukoFold *fold = folds->pdata[f];
        g_assert_cmpuint(fold->n_units, ==, 2);
        g_assert_true((fold->units[0] % 3 == 0) != (fold->units[1] % 3 == 0));
        g_assert_true(
            g_hash_table_add(seen, GUINT_TO_POINTER(1 + fold->units[0] * UNITS + fold->units[1])));
    }
    labels[N - 1] = !labels[N - 1];
    g_assert_null(leuko_crossval_folds_make(&plan, &n_folds, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
}

/* Too few groups, too many folds and useless repeats are refused, each with the reason. */
static void test_refuses(void)
{
    LeukoFoldPlan few = make_plan(), many = few, repeats = few, each = few;
    gint one_group[N];
    memcpy(one_group, labels, sizeof one_group);
    for (guint i = 0; i < N; i++)
        one_group[i] = unit[i] == 4 ? 2 : labels[i] % 2;
    few.labels = one_group;
    many.n_folds = UNITS + 1;
    repeats.n_repeats = 0;
    each.hold_out = LEUKO_HOLD_OUT_GROUP;
    const struct {
        const LeukoFoldPlan *plan;
        gint code;
        const char *words;
    } cases[] = {{&few, LEUKO_ERROR_DATA, "class \"c\" belong to one group"},
                 {&many, LEUKO_ERROR_ARGUMENT, "must be 2 to 24"},
                 {&repeats, LEUKO_ERROR_ARGUMENT, "at least one"},
                 {&each, LEUKO_ERROR_ARGUMENT, "the same way every time"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        guint n_folds;
        g_assert_null(leuko_crossval_folds_make(cases[i].plan, &n_folds, &error));
        g_assert_error(error, LEUKO_ERROR, cases[i].code);
        g_assert_nonnull(strstr(error->message, cases[i].words));
    }
}

/* By default there are as many folds as the smallest class has groups, at most five. */
static void test_default_number(void)
{
    LeukoFoldPlan plan = make_plan();
    guint n_folds;
    plan.n_folds = 0;
    g_autoptr(GPtrArray) usual = leuko_crossval_folds_make(&plan, &n_folds, NULL);
    g_assert_cmpuint(n_folds, ==, 5);
    for (guint i = 0; i < N; i++)
        labels[i] = unit[i] < 3 ? 2 : (gint)(unit[i] % 2);
    g_autoptr(GPtrArray) fewer = leuko_crossval_folds_make(&plan, &n_folds, NULL);
    g_assert_cmpuint(n_folds, ==, 3);
}

/* Groups, sources and copies are joined, also in chains. */
static void test_units(void)
{
    const char *const groups[] = {"P1", "P1", "P2", "P3", "", "", "", "P4"};
    const char *const sources[] = {"a", "b", "c", "d", "e", "f", "f", "g"};
    guint copy_of[] = {0, 1, 2, 3, 4, 5, 6, 7}, u[8];
    LeukoUnitCounts c = leuko_crossval_find_units(groups, sources, copy_of, 8, u);
    const guint apart[] = {0, 0, 1, 2, 3, 4, 4, 5};
    assert_same(u, 8, apart, 8);
    g_assert_cmpuint(c.n_units, ==, 6);
    g_assert_cmpuint(c.n_near, ==, 0);
    copy_of[3] = 1; /* the image of P1 again, in P3 */
    copy_of[7] = 5;
    c = leuko_crossval_find_units(groups, sources, copy_of, 8, u);
    const guint joined[] = {0, 0, 1, 0, 2, 3, 3, 3};
    assert_same(u, 8, joined, 8);
    g_assert_cmpuint(c.n_near, ==, 2);
    g_assert_cmpuint(c.n_links, ==, 1); /* the group of the other pair is unknown */
    g_assert_cmpuint(c.link[0], ==, 1);
    g_assert_cmpuint(c.link[1], ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crossval/folds", test_folds);
    g_test_add_func("/crossval/folds/more-repeats", test_more_repeats);
    g_test_add_func("/crossval/folds/balance", test_balance);
    g_test_add_func("/crossval/folds/default-number", test_default_number);
    g_test_add_func("/crossval/each-group", test_each_group);
    g_test_add_func("/crossval/each-pair", test_each_pair);
    g_test_add_func("/crossval/refuses", test_refuses);
    g_test_add_func("/crossval/units", test_units);
    return g_test_run();
}
