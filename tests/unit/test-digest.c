#include "base/digest.h"
#include "base/json.h"

/* A digest is the first 16 hex digits of SHA-256 (`printf abc | sha256sum`). */
static void test_value(void)
{
    g_autofree gchar *group = leuko_group_digest("abc");
    g_autofree gchar *image = leuko_image_digest("abc", 3);
    g_assert_cmpstr(group, ==, "ba7816bf8f01cfea");
    g_assert_cmpstr(image, ==, "ba7816bf8f01cfea");
}

/* A set goes to a sorted list without repeats and comes back the same; "" is no group. */
static void test_round_trip(void)
{
    g_autoptr(LeukoDigestSet) set = leuko_digest_set_new();
    const char *groups[] = {"p2", "p1", "", "p2", "p3"};
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        leuko_digest_set_add_group(set, groups[i]);
    g_assert_cmpuint(leuko_digest_set_size(set), ==, 3);
    g_autoptr(json_t) array = leuko_digest_set_to_json(set);
    g_assert_cmpuint(json_array_size(array), ==, 3);
    for (size_t i = 1; i < 3; i++)
        g_assert_cmpstr(json_string_value(json_array_get(array, i - 1)), <,
                        json_string_value(json_array_get(array, i)));
    g_autoptr(LeukoDigestSet) back = leuko_digest_set_from_json(array);
    g_autofree gchar *p1 = leuko_group_digest("p1"), *p4 = leuko_group_digest("p4");
    g_assert_true(leuko_digest_set_has(back, p1));
    g_assert_false(leuko_digest_set_has(back, p4));
}

/* What another program may have put there does no harm. */
static void test_foreign_list(void)
{
    g_autoptr(json_t) array = json_pack("[s, i, n]", "aa", 3);
    g_autoptr(LeukoDigestSet) set = leuko_digest_set_from_json(array);
    g_autoptr(LeukoDigestSet) none = leuko_digest_set_from_json(NULL);
    g_assert_cmpuint(leuko_digest_set_size(set), ==, 1);
    g_assert_cmpuint(leuko_digest_set_size(none), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/value", test_value);
    g_test_add_func("/digest/round-trip", test_round_trip);
    g_test_add_func("/digest/foreign-list", test_foreign_list);
    return g_test_run();
}
