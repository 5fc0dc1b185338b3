#include "base/error.h"
#include "base/json.h"
#include <string.h>

/* Each bad text is refused with a message that says what is wrong. */
static void test_refuses(void)
{
    g_autofree gchar *deep = g_malloc0(200001);
    memset(deep, '[', 200000);
    const struct {
        const char *text, *message;
    } bad[] = {{"{\"a\":1,\"a\":2}", "duplicate"},
               {"{", "line 1"},
               {"", "not valid JSON"},
               {deep, "nested deeper"}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(leuko_json_parse(bad[i].text, strlen(bad[i].text), "t.json", &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_nonnull(strstr(error->message, bad[i].message));
    }
}

/* Typed access names the key and what it must be. */
static void test_members(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) j = leuko_json_parse("{\"n\":3,\"s\":\"x\"}", 15, "t", &error);
    g_assert_no_error(error);
    gint64 n = 0;
    const char *s = NULL;
    g_assert_true(leuko_json_get_int(j, "n", 0, 9, &n, "t", &error));
    g_assert_cmpint(n, ==, 3);
    g_assert_true(leuko_json_get_string(j, "s", &s, "t", &error));
    g_assert_cmpstr(s, ==, "x");
    g_assert_false(leuko_json_get_int(j, "n", 0, 2, &n, "t", &error));
    g_assert_cmpstr(error->message, ==, "t: \"n\" must be a whole number from 0 to 2");
}

/* Bytes that are no UTF-8 and control characters: a text that JSON and a message of one line can
 * hold. */
static void test_texts_of_unknown_origin(void)
{
    g_autoptr(json_t) text = leuko_json_text("a\xff/\xc3\xa9");
    g_assert_cmpstr(json_string_value(text), ==, "a\\xff/\xc3\xa9");
    g_autofree gchar *line = leuko_one_line("a\n\x1b[31m\xff \xc3\xa9\t\x7f\xc2\x9b");
    g_assert_cmpstr(line, ==, "a\\x0a\\x1b[31m\\xff \xc3\xa9\\x09\\x7f\\u009b");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/refuses", test_refuses);
    g_test_add_func("/json/members", test_members);
    g_test_add_func("/json/texts-of-unknown-origin", test_texts_of_unknown_origin);
    return g_test_run();
}
