#include "formats/safetensors.h"
#include "formats/weights/inspect.h"
#include "formats/weights/known.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static const char SHA256[] = "00c9ea4e4762f716ac4d300d6d9c2935639cc5e4d139b5790d765dcbeea539d0";

/* A name selects an entry of the list, an address selects itself with the given digest. */
static void test_choose(void)
{
    LeukoKnownWeights chosen;
    g_autoptr(GError) error = NULL;
    g_assert_true(leuko_known_weights_choose("keras", NULL, &chosen, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(chosen.sha256, ==, SHA256);
    g_assert_true(leuko_known_weights_choose("https://host/w.pth", SHA256, &chosen, &error));
    g_assert_cmpstr(chosen.address, ==, "https://host/w.pth");
    g_assert_cmpstr(chosen.sha256, ==, SHA256);
}

/* An unknown name, a digest with a name and an invalid digest are refused. */
static void test_choose_refuses(void)
{
    const struct {
        const char *name, *sha256, *message;
    } bad[] = {{"nosuch", NULL, "unknown name"},
               {"keras", SHA256, "not for a name"},
               {"https://host/w.pth", "1234", "64 hexadecimal digits"}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        LeukoKnownWeights chosen;
        g_autoptr(GError) error = NULL;
        g_assert_false(leuko_known_weights_choose(bad[i].name, bad[i].sha256, &chosen, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
        g_assert_nonnull(strstr(error->message, bad[i].message));
    }
}

/* The JSON list has every entry, and null where nothing is published. */
static void test_list(void)
{
    g_autoptr(json_t) list = leuko_known_weights_json();
    gsize n = 0;
    while (leuko_known_weights[n].name)
        n++;
    g_assert_cmpuint(json_array_size(list), ==, n);
    const json_t *slim = json_array_get(list, 0);
    g_assert_cmpstr(json_string_value(json_object_get(slim, "name")), ==, "slim");
    g_assert_true(json_is_null(json_object_get(slim, "bytes")));
    g_assert_true(json_is_null(json_object_get(slim, "sha256")));
}

/* The text of a report has a line per tensor, the network, and the missing tensor per endpoint. */
static void test_report(void)
{
    const gsize dims[] = {3, 3, 3, 32};
    float *values;
    g_autoptr(GError) error = NULL;
    g_autofree gchar *folder = g_dir_make_tmp("leuko-weights-XXXXXX", NULL),
                     *path = g_build_filename(folder, "w.safetensors", NULL);
    g_autoptr(LeukoParams) params = leuko_params_new();
    g_assert_true(
        leuko_params_add(params, "InceptionV3/Conv2d_1a_3x3/weights", 4, dims, &values, &error));
    for (gsize i = 0; i < 3 * 3 * 3 * 32; i++)
        values[i] = i % 2 ? 3 : 1;
    g_assert_true(leuko_safetensors_save(params, NULL, path, &error));
    g_autoptr(json_t) report = leuko_weights_inspect(path, &error);
    g_assert_no_error(error);
    g_autofree gchar *text = leuko_weights_report_text(report);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_true(g_str_has_prefix(lines[0], "InceptionV3/Conv2d_1a_3x3/weights"));
    g_assert_nonnull(strstr(lines[0], "(3, 3, 3, 32)"));
    g_assert_nonnull(strstr(lines[0], "mean           2  sd          1"));
    g_assert_true(g_str_has_prefix(lines[1], "Inception V3 under slim's names"));
    g_assert_nonnull(strstr(lines[1], "no endpoint is complete"));
    g_assert_true(g_str_has_prefix(lines[2], "endpoint Conv2d_1a_3x3: "));
    g_unlink(path);
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/weights/choose", test_choose);
    g_test_add_func("/weights/choose/refuses", test_choose_refuses);
    g_test_add_func("/weights/list", test_list);
    g_test_add_func("/weights/report", test_report);
    return g_test_run();
}
