#include "base/json.h"
#include "data/leaks.h"
#include "leuko/error.h"
#include <string.h>

/* The leaks between these images. */
static LeukoLeaks *find(const LeukoLeakItem *items, guint n)
{
    return leuko_leaks_new(g_memdup2(items, n * sizeof *items), n);
}

static void check_line(const LeukoLeaks *l, guint index, const char *expected)
{
    g_assert_cmpuint(l->leaks->len, >, index);
    g_autofree gchar *line = leuko_leak_describe(l, index);
    g_assert_cmpstr(line, ==, expected);
}

static const LeukoLeakItem mixed[] = {
    {"a.png", "P1", "a.png", LEUKO_TRAIN, 0, 0},
    {"b.png", "P2", "b.png", LEUKO_TRAIN, 1, 1},
    {"c.png", "P1", "c.png", LEUKO_VALIDATION, 2, 2},
    {"d.png", "P1", "d.png", LEUKO_VALIDATION, 3, 3},
    {"e.png", "P3", "e.png", LEUKO_TEST, 1, 1},
    {"f.png", "", "f.png", LEUKO_TEST, 0, 5},
    {"g.png", "", "b.png", LEUKO_VALIDATION, 6, 6},
};

/* A group is named once for each further split; copies and sources by their images. */
static void test_kinds(void)
{
    g_autoptr(LeukoLeaks) l = find(mixed, G_N_ELEMENTS(mixed));
    check_line(l, 0, "the same group P1: a.png (train) and c.png (validation)");
    check_line(l, 1, "copies of one source: b.png (train) and g.png (validation)");
    check_line(l, 2, "the same content: b.png (train) and e.png (test)");
    check_line(l, 3, "the same image: a.png (train) and f.png (test)");
    g_assert_cmpuint(l->leaks->len, ==, 4);
}

/* Within a split, and without a split, everything may be shared; originals of one name are no
 * copies for it. */
static void test_clean(void)
{
    const LeukoLeakItem items[] = {{"a", "P1", "a", LEUKO_TRAIN, 0, 0},
                                   {"b", "P1", "a", LEUKO_TRAIN, 0, 0},
                                   {"c", "P1", "a", -1, 0, 0},
                                   {"record-0", "", "record-0", LEUKO_TRAIN, 3, 3},
                                   {"record-0", "", "record-0", LEUKO_TEST, 4, 4}};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoLeaks) l = find(items, G_N_ELEMENTS(items));
    g_assert_cmpuint(l->leaks->len, ==, 0);
    g_assert_true(leuko_leaks_refuse(l, "cells", "", &error));
    g_assert_no_error(error);
    g_assert_null(leuko_leaks_text(l));
    g_assert_null(leuko_leaks_allowed_json(l));
    g_assert_null(leuko_leaks_allowed_text(NULL));
    g_assert_null(leuko_leaks_trained_text(NULL));
}

/* The message has the number of leaks and the first ten. */
static void test_refuse(void)
{
    LeukoLeakItem items[24];
    gchar names[24][8];
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < 24; i++) {
        g_snprintf(names[i], sizeof names[i], "%02u.png", i);
        items[i] =
            (LeukoLeakItem){names[i], "", names[i], i < 12 ? LEUKO_TRAIN : LEUKO_TEST, i % 12, i};
    }
    g_autoptr(LeukoLeaks) l = find(items, 24);
    g_assert_false(leuko_leaks_refuse(l, "cells", "; divide them", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_GATE);
    g_assert_true(
        g_str_has_prefix(error->message, "cells: 12 groups or pairs of images are in two"));
    g_assert_nonnull(
        strstr(error->message, "09.png (train) and 21.png (test); and 2 more; divide"));
    g_assert_null(strstr(error->message, "22.png"));
    g_autoptr(json_t) json = leuko_leak_to_json(l, 11);
    g_autofree gchar *text = json_dumps(json, JSON_COMPACT);
    g_assert_cmpstr(text, ==,
                    "{\"kind\":\"copy\",\"files\":[\"11.png\",\"23.png\"],"
                    "\"splits\":[\"train\",\"test\"]}");
}

/* Leaks are allowed by group, by file and by kind; a name that is no leak is refused. */
static void test_allow(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoLeaks) l = find(mixed, G_N_ELEMENTS(mixed));
    g_assert_true(leuko_leaks_allow(l, "P1, e.png", &error));
    g_assert_cmpuint(l->leaks->len, ==, 2);
    g_assert_false(leuko_leaks_allow(l, "P2", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    g_assert_true(leuko_leaks_allow(l, "copies", &error));
    g_assert_cmpuint(l->leaks->len, ==, 0);
    g_autoptr(json_t) json = leuko_leaks_allowed_json(l);
    g_autofree gchar *text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
    g_assert_cmpstr(text, ==, "{\"copy\":1,\"group\":1,\"same_bytes\":1,\"source\":1}");
    g_autofree gchar *line = leuko_leaks_trained_text(json);
    g_assert_nonnull(strstr(line, "although its splits share 1 group and 3 pairs of copies"));
}

/* Of a split that is evaluated, only what it shares with the splits before it counts. */
static void test_keep_split(void)
{
    const LeukoLeakItem items[] = {
        {"a", "P1", "a", LEUKO_TRAIN, 0, 0},      {"b", "P1", "b", LEUKO_TEST, 1, 1},
        {"c", "P2", "c", LEUKO_VALIDATION, 2, 2}, {"d", "P2", "d", LEUKO_TEST, 3, 3},
        {"e", "P3", "e", LEUKO_TRAIN, 4, 4},      {"f", "P3", "f", LEUKO_VALIDATION, 5, 5}};
    static const gchar *const names[LEUKO_N_SPLITS] = {"", "P3", "P1 P2"};
    for (LeukoSplit s = 0; s < LEUKO_N_SPLITS; s++) {
        g_autoptr(LeukoLeaks) l = find(items, G_N_ELEMENTS(items));
        g_autoptr(GString) found = g_string_new(NULL);
        leuko_leaks_keep_split(l, s);
        for (guint i = 0; i < l->leaks->len; i++)
            g_string_append_printf(found, "%s%s", i ? " " : "",
                                   g_array_index(l->leaks, LeukoLeak, i).name);
        g_assert_cmpstr(found->str, ==, names[s]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/leaks/kinds", test_kinds);
    g_test_add_func("/leaks/clean", test_clean);
    g_test_add_func("/leaks/refuse", test_refuse);
    g_test_add_func("/leaks/allow", test_allow);
    g_test_add_func("/leaks/keep-split", test_keep_split);
    return g_test_run();
}
