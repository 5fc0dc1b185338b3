#include "leuko/version.h"

/* The macros of the header and the library's own version are the same numbers. */
static void test_same(void)
{
    g_autofree gchar *header =
        g_strdup_printf("%d.%d.%d", LEUKO_VERSION_MAJOR, LEUKO_VERSION_MINOR, LEUKO_VERSION_MICRO);
    g_assert_cmpstr(leuko_version(), ==, header);
}

/* A version is at least itself and every earlier one, and no later one. */
static void test_at_least(void)
{
    const guint v[] = {LEUKO_VERSION_MAJOR, LEUKO_VERSION_MINOR, LEUKO_VERSION_MICRO};
    g_assert_true(leuko_version_is_at_least(v[0], v[1], v[2]));
    g_assert_true(leuko_version_is_at_least(0, 0, 9));
    g_assert_false(leuko_version_is_at_least(v[0], v[1], v[2] + 1));
    g_assert_false(leuko_version_is_at_least(v[0], v[1] + 1, 0));
    g_assert_false(leuko_version_is_at_least(v[0] + 1, 0, 0));
    g_assert_true(LEUKO_CHECK_VERSION(LEUKO_VERSION_MAJOR, LEUKO_VERSION_MINOR, 0));
    g_assert_false(LEUKO_CHECK_VERSION(LEUKO_VERSION_MAJOR + 1, 0, 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/version/same", test_same);
    g_test_add_func("/version/at-least", test_at_least);
    return g_test_run();
}
