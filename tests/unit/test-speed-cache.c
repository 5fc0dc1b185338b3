#include "base/stage.h"
#include "engine/precision-choice.h"
#include "engine/processor.h"
#include "engine/speed-cache.h"
#include <glib/gstdio.h>
#include <string.h>

static gchar *folder; /* LEUKO_CACHE */

/* The path of the only file of the cache, NULL if there is none; g_free. */
static gchar *cache_file(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name = dir ? g_dir_read_name(dir) : NULL;
    gchar *path = name ? g_build_filename(folder, name, NULL) : NULL;
    g_assert_true(!dir || !g_dir_read_name(dir));
    return path;
}

/* Replace the text `old` in the file by `new`. */
static void edit(const char *path, const char *old, const char *new)
{
    g_autofree gchar *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autoptr(GString) edited = g_string_new(text);
    g_assert_cmpuint(g_string_replace(edited, old, new, 1), ==, 1);
    g_assert_true(g_file_set_contents(path, edited->str, -1, NULL));
}

/* Put an int8 speed of 7.25 into the file of this processor. FALSE: it has no int8. */
static gboolean fake(gchar **path)
{
    g_autofree gchar *note = NULL, *text = NULL;
    leuko_remove_tree(folder, NULL);
    for (guint i = 0; i < 20; i++) /* a measurement on a busy machine may not be stored */
        if (leuko_speed_ratio(LEUKO_SPEED_INT8, &note) <= 0 || (*path = cache_file()))
            break;
    if (!*path) {
        g_test_skip("int8 has no steady speed here");
        return FALSE;
    }
    g_assert_null(note);
    g_assert_true(g_file_get_contents(*path, &text, NULL, NULL));
    const char *speeds = strstr(text, "\"speed\":");
    g_assert_nonnull(speeds);
    edit(*path, speeds, "\"speed\":{\"int8\":7.25,\"bf16\":3.5}}\n");
    return TRUE;
}

/* A speed in the cache is taken without a measurement, and the file stays as it is. */
static void test_kept(void)
{
    g_autofree gchar *path = NULL, *note = NULL, *before = NULL, *after = NULL;
    if (!fake(&path))
        return;
    g_assert_true(g_file_get_contents(path, &before, NULL, NULL));
    g_assert_cmpfloat(leuko_speed_ratio(LEUKO_SPEED_INT8, &note), ==, 7.25);
    g_assert_null(note);
    g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
    g_assert_cmpstr(before, ==, after);
}

/* A file that is damaged, of another processor or without possible speeds is named, and the speed
 * is measured again and stored. */
static void test_replaced(void)
{
    const struct {
        const char *old, *new, *says;
    } bad[] = {{"{\"format\"", "{format", "not valid JSON"},
               {"\"isa\":\"", "\"isa\":\"Z80 ", "another processor"},
               {"\"format\":1", "\"format\":2", "another processor"},
               {"7.25", "-7.25", "not possible"},
               {"7.25", "1e9", "not possible"},
               {"7.25", "\"fast\"", "not possible"},
               {"\"speed\":{", "\"speeds\":{", "no speeds"}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree gchar *path = NULL, *note = NULL, *again = NULL;
        if (!fake(&path))
            return;
        edit(path, bad[i].old, bad[i].new);
        g_assert_cmpfloat(leuko_speed_ratio(LEUKO_SPEED_INT8, &note), <, 7.25);
        g_assert_nonnull(note);
        g_assert_nonnull(strstr(note, path));
        g_assert_nonnull(strstr(note, bad[i].says));
        for (guint k = 0; k < 20; k++) {
            g_clear_pointer(&again, g_free);
            leuko_speed_ratio(LEUKO_SPEED_INT8, &again);
            if (!again)
                break;
        }
        g_assert_null(again);
    }
}

/* A folder that cannot be written is no failure: the speed is measured, with a warning. */
static void test_unwritable(void)
{
    g_autofree gchar *file = g_build_filename(folder, "file", NULL), *note = NULL;
    leuko_remove_tree(folder, NULL);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    g_setenv("LEUKO_CACHE", file, TRUE); /* no folder, for root either */
    double ratio = leuko_speed_ratio(LEUKO_SPEED_INT8, &note);
    for (guint i = 0; i < 20 && ratio > 0 && !note; i++) /* what is not steady is not stored */
        ratio = leuko_speed_ratio(LEUKO_SPEED_INT8, &note);
    g_setenv("LEUKO_CACHE", folder, TRUE);
    if (note)
        g_assert_true(g_str_has_prefix(note, "WARNING: ") && strstr(note, file));
    else
        g_test_skip("int8 has no steady speed here");
    g_assert_true((ratio > 0) == (leuko_speed_compare(LEUKO_INT8, FALSE).ratio > 0));
}

/* A cached speed of bf16 decides only where the processor has bf16. */
static void test_choice(void)
{
    g_autofree gchar *path = NULL;
    g_auto(LeukoPrecisionChoice) choice = {0};
    if (!fake(&path))
        return;
    leuko_precision_choose(LEUKO_PRECISION_AUTO, LEUKO_WORK_INFERENCE, &choice);
    gboolean has = leuko_processor_has_bf16();
    g_assert_cmpint(choice.precision, ==, has ? LEUKO_BF16 : LEUKO_FP32);
    g_assert_nonnull(strstr(choice.reason, has ? "bf16 is 3.50 times as fast" : "has no bf16"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree gchar *top = g_dir_make_tmp("leuko-speed-XXXXXX", NULL);
    folder = g_build_filename(top, "cache", NULL);
    g_setenv("LEUKO_CACHE", folder, TRUE);
    g_test_add_func("/speed-cache/kept", test_kept);
    g_test_add_func("/speed-cache/replaced", test_replaced);
    g_test_add_func("/speed-cache/unwritable", test_unwritable);
    g_test_add_func("/speed-cache/choice", test_choice);
    int status = g_test_run();
    leuko_remove_tree(top, NULL);
    g_free(folder);
    return status;
}
