#include "image/views.h"
#include <string.h>

enum { S = 5, PLANE = S * S, FLOATS = 3 * PLANE };

static void fill(float *x)
{
    for (int i = 0; i < FLOATS; i++)
        x[i] = (float)i;
}

/* A quarter turn clockwise takes the left column, from its bottom, to the top row; a mirrored view
 * reads each row from its end. Each plane stays its own. */
static void test_pixels(void)
{
    float x[FLOATS], turned[FLOATS], mirrored[FLOATS];
    fill(x);
    leuko_view_make(x, S, 2, turned);
    leuko_view_make(x, S, 4, mirrored);
    for (int c = 0; c < 3; c++)
        for (int row = 0; row < S; row++)
            for (int column = 0; column < S; column++) {
                int at = c * PLANE + row * S + column;
                g_assert_cmpfloat(turned[at], ==, x[c * PLANE + (S - 1 - column) * S + row]);
                g_assert_cmpfloat(mirrored[at], ==, x[c * PLANE + row * S + S - 1 - column]);
            }
}

/* View 0 is the input; two quarter turns are a half turn, three are view 3, four are none; view
 * 4 + v is view v mirrored. */
static void test_turns(void)
{
    float x[FLOATS], by_turns[FLOATS], view[FLOATS], again[FLOATS];
    static const guint after[] = {0, 2, 1, 3}; /* the view after so many quarter turns */
    fill(x);
    memcpy(by_turns, x, sizeof x);
    for (guint n = 0; n < 5; n++) {
        leuko_view_make(x, S, after[n % 4], view);
        g_assert_cmpint(memcmp(view, by_turns, sizeof view), ==, 0);
        leuko_view_make(view, S, 4, again);
        leuko_view_make(x, S, 4 + after[n % 4], view);
        g_assert_cmpint(memcmp(view, again, sizeof view), ==, 0);
        leuko_view_make(by_turns, S, 2, again);
        memcpy(by_turns, again, sizeof again);
    }
}

/* All eight views differ, and only 1, 2, 4 and 8 are numbers of views. */
static void test_all_differ(void)
{
    float x[FLOATS], view[LEUKO_MAX_VIEWS][FLOATS];
    fill(x);
    for (guint v = 0; v < LEUKO_MAX_VIEWS; v++) {
        leuko_view_make(x, S, v, view[v]);
        for (guint other = 0; other < v; other++)
            g_assert_cmpint(memcmp(view[v], view[other], sizeof x), !=, 0);
    }
    for (guint n = 0; n < 20; n++)
        g_assert_true(leuko_views_possible(n) == (n == 1 || n == 2 || n == 4 || n == 8));
}

/* Undoing a view gives the input back, in every view. */
static void test_undo(void)
{
    float x[FLOATS], view[FLOATS], back[PLANE];
    fill(x);
    for (guint v = 0; v < LEUKO_MAX_VIEWS; v++) {
        leuko_view_make(x, S, v, view);
        leuko_view_undo(view, S, v, back);
        g_assert_cmpint(memcmp(back, x, sizeof back), ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/views/pixels", test_pixels);
    g_test_add_func("/views/turns", test_turns);
    g_test_add_func("/views/all-differ", test_all_differ);
    g_test_add_func("/views/undo", test_undo);
    return g_test_run();
}
