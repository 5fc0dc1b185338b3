/* The accountant of the readers: what it allows, what it refuses, and that it counts what malloc()
 * gives. */
#include "base/budget.h"
#include "base/csv.h"
#include "base/json.h"
#include "formats/torch/pickle.h"
#include "leuko/error.h"
#include "proto/graph.pb-c.h"
#include "proto/onnx.pb-c.h"
#include <glib/gstdio.h>
#include <malloc.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MALLOC_IS_KNOWN FALSE
#else
#define MALLOC_IS_KNOWN TRUE
#endif

enum { N = 1 << 20, SLACK_BYTES = 1 << 20 };

/* Bytes that malloc() has given out and not got back. */
static gsize in_use(void)
{
    struct mallinfo2 now = mallinfo2();
    return now.uordblks + now.hblkhd;
}

/* A draw beyond the budget fails, and so do all later ones, with one error. */
static void test_limit(void)
{
    g_autoptr(GError) error = NULL;
    LeukoBudget b;
    leuko_budget_start(&b, "x", 10);
    guint64 most = 10 * LEUKO_BUDGET_HEAP_PER_BYTE + LEUKO_BUDGET_HEAP_START;
    g_assert_true(leuko_budget_heap(&b, most));
    leuko_budget_give_back(&b, 100);
    g_assert_true(leuko_budget_heap(&b, 100));
    g_assert_false(leuko_budget_is_spent(&b));
    g_assert_false(leuko_budget_heap(&b, 1));
    leuko_budget_give_back(&b, most);
    g_assert_false(leuko_budget_heap(&b, 1));
    g_assert_null(leuko_budget_alloc(&b, 1));
    g_assert_false(leuko_budget_fail(&b, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    leuko_budget_end(&b);
}

/* Steps have a limit of their own. Numbers near 2^64 do not wrap around. */
static void test_steps(void)
{
    g_autoptr(GError) error = NULL;
    LeukoBudget b;
    leuko_budget_start(&b, "x", G_MAXUINT64);
    g_assert_false(leuko_budget_steps(&b, G_MAXUINT64));
    leuko_budget_start(&b, "x", 0);
    g_assert_true(leuko_budget_steps(&b, LEUKO_BUDGET_STEPS_START));
    g_assert_false(leuko_budget_steps(&b, 1));
    g_assert_false(leuko_budget_fail(&b, &error));
    g_assert_nonnull(strstr(error->message, "steps"));
    leuko_budget_end(&b);
}

/* Pieces of a pile are zero and aligned, also one that is larger than a block. */
static void test_pile(void)
{
    LeukoBudget b;
    leuko_budget_start(&b, "x", 0);
    g_autoptr(LeukoPile) pile = leuko_pile_new();
    for (gsize n = 0; n < 3000; n += 7) {
        guint8 *p = leuko_pile_take(pile, &b, n);
        g_assert_cmpuint((guintptr)p % 8, ==, 0);
        for (gsize i = 0; i < n; i++)
            g_assert_cmpuint(p[i], ==, 0);
        memset(p, 0xff, n);
    }
    g_assert_cmpstr(leuko_pile_text(pile, &b, "abcd", 3), ==, "abc");
    g_assert_null(leuko_pile_take(pile, &b, G_MAXSIZE));
    leuko_budget_end(&b);
}

/* `unit` as often as n bytes have room for it. */
static gchar *repeated(const char *unit, gsize n_unit, gsize n)
{
    gchar *all = g_malloc(n + 1);
    for (gsize i = 0; i < n; i++)
        all[i] = unit[i % n_unit];
    all[n] = '\0';
    return all;
}

/* An unpacked message is counted at least as malloc() counts it, and never exceeds the budget. */
static void test_message(void)
{
    static const char *const units[] = {"\x0a\0", "\x0a\2\x2a\0", "\x22\0", "\x0a\2\x0a\0"};
    static const gsize sizes[] = {2, 4, 2, 4};
    for (guint k = 0; k < G_N_ELEMENTS(units); k++)
        for (gsize n = N / 8; n <= N; n *= 8) {
            g_autofree gchar *bytes = repeated(units[k], sizes[k], n);
            LeukoBudget b;
            leuko_budget_start(&b, "x", n);
            gsize before = in_use();
            Leuko__Tf__Graph *m = leuko_budget_unpack(&b, &leuko__tf__graph__descriptor, n, bytes);
            g_assert_cmpint(m == NULL, ==, leuko_budget_is_spent(&b));
            if (MALLOC_IS_KNOWN && m)
                g_assert_cmpuint(in_use(), <=, before + b.heap + SLACK_BYTES);
            g_assert_cmpuint(b.peak_heap, <=, b.most_heap);
            if (m)
                leuko__tf__graph__free_unpacked(m, NULL);
            leuko_budget_end(&b);
        }
}

/* protobuf merges a message that is given again: the cost is the square of the number of times. The
 * steps notice. */
static void test_merged_message(void)
{
    g_autofree gchar *bytes = repeated("\x3a\2\x0a\0", 4, N); /* Model.graph with one node */
    LeukoBudget b;
    leuko_budget_start(&b, "x", N);
    g_assert_null(leuko_budget_unpack(&b, &leuko__onnx__model__descriptor, N, bytes));
    g_assert_true(leuko_budget_is_spent(&b));
    leuko_budget_end(&b);
}

/* What JSON of any shape takes is never more than the survey foresaw: the budget, 16 bytes each. */
static void test_json(void)
{
    static const char *const units[] = {"[],",    "{},",   "0,",       "\"\",",
                                        "\"a\",", "[[]],", "{\"\":0},"};
    for (guint k = 0; k < G_N_ELEMENTS(units); k++)
        for (gsize n = 1 << 16; n <= N; n *= 2) {
            g_autoptr(GError) error = NULL;
            gsize n_unit = strlen(units[k]), n_all = n / n_unit * n_unit;
            g_autofree gchar *list = repeated(units[k], n_unit, n_all);
            list[n_all - 1] = ']';
            g_autofree gchar *text = g_strconcat("[", list, NULL);
            gsize before = in_use();
            g_autoptr(json_t) json = leuko_json_parse(text, strlen(text), "x", &error);
            if (!json)
                g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
            gsize most = strlen(text) * LEUKO_BUDGET_HEAP_PER_BYTE + LEUKO_BUDGET_HEAP_START;
            if (MALLOC_IS_KNOWN)
                g_assert_cmpuint(in_use(), <=, before + most);
        }
}

/* So for pickles: each operation that makes a value, many times. */
static void test_pickle(void)
{
    static const char *const units[] = {"]",     "(", "K\1",     "U",   "]q",
                                        "N\x85", ")", "ca\nb\n", "(NNt"};
    for (guint k = 0; k < G_N_ELEMENTS(units); k++) {
        gsize n_read = 0, n_unit = strlen(units[k]) + (units[k][0] == 'U' || units[k][1] == 'q');
        g_autoptr(GError) error = NULL;
        g_autofree gchar *bytes = repeated(units[k], n_unit, N);
        bytes[N - 1] = '.';
        gsize before = in_use();
        g_autoptr(LeukoPickle) pickle = leuko_pickle_read(bytes, N, "x", 0, &n_read, &error);
        if (!pickle)
            g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        if (MALLOC_IS_KNOWN)
            g_assert_cmpuint(in_use(), <=,
                             before + (gsize)N * LEUKO_BUDGET_HEAP_PER_BYTE +
                                 LEUKO_BUDGET_HEAP_START);
    }
}

/* So for tables. */
static void test_csv(void)
{
    static const char *const units[] = {",", "a\n", ";", "\"\",", "a,b\n"};
    g_autofree gchar *folder = g_dir_make_tmp("leuko-budget-XXXXXX", NULL),
                     *path = g_build_filename(folder, "t.csv", NULL);
    for (guint k = 0; k < G_N_ELEMENTS(units); k++) {
        gsize n_unit = strlen(units[k]), n = N / n_unit * n_unit;
        g_autofree gchar *text = repeated(units[k], n_unit, n);
        g_assert_true(g_file_set_contents(path, text, (gssize)n, NULL));
        gsize before = in_use();
        g_autoptr(LeukoCsv) csv = leuko_csv_load(path, NULL);
        g_assert_nonnull(csv);
        if (MALLOC_IS_KNOWN)
            g_assert_cmpuint(in_use(), <=, before + n * LEUKO_BUDGET_HEAP_PER_BYTE);
    }
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/budget/limit", test_limit);
    g_test_add_func("/budget/steps", test_steps);
    g_test_add_func("/budget/pile", test_pile);
    g_test_add_func("/budget/message", test_message);
    g_test_add_func("/budget/merged-message", test_merged_message);
    g_test_add_func("/budget/json", test_json);
    g_test_add_func("/budget/pickle", test_pickle);
    g_test_add_func("/budget/csv", test_csv);
    return g_test_run();
}
