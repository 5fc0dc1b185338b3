#include "base/durable.h"
#include "base/outputs.h"
#include "base/stage.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gchar *root;

static gchar *at(const char *name) { return g_build_filename(root, name, NULL); }

static void put(const char *name)
{
    g_autofree gchar *path = at(name), *folder = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0777), ==, 0);
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
}

static void start(void)
{
    root = g_dir_make_tmp("leuko-outputs-XXXXXX", NULL);
    g_autofree gchar *model = at("m.pb"), *hard = at("hard.pb"), *soft = at("soft.pb"),
                     *linked = at("link"), *cells = at("cells");
    put("m.pb");
    put("m.safetensors");
    put("n.ckpt.index");
    put("n.ckpt.json");
    put("n.ckpt.data-00000-of-00001");
    put("cells/a/1.png");
    put("cells-more/1.png");
    g_assert_cmpint(link(model, hard), ==, 0);
    g_assert_cmpint(symlink("m.pb", soft), ==, 0);
    g_assert_cmpint(symlink(cells, linked), ==, 0);
}

static void finish(void)
{
    g_assert_true(leuko_remove_tree(root, NULL));
    g_clear_pointer(&root, g_free);
}

static gboolean passes(const char *output, const char *input)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *to = at(output), *from = at(input);
    gboolean ok = leuko_output_check(to, from, &error);
    g_assert_true(ok || g_error_matches(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT));
    return ok;
}

/* An output that is an input is refused by its inode, under any name. */
static void test_same(void)
{
    start();
    g_assert_false(passes("m.pb", "m.pb"));
    g_assert_false(passes("cells/../m.pb", "m.pb"));
    g_assert_false(passes("hard.pb", "m.pb"));
    g_assert_false(passes("soft.pb", "m.pb"));
    g_assert_false(passes("m.pb", "soft.pb"));
    g_assert_false(passes("link/../m.pb", "hard.pb"));
    g_assert_true(passes("m.onnx", "m.pb"));
    g_assert_true(passes("absent.pb", "also-absent.pb"));
    finish();
}

/* A device, a pipe, or a link to an open file is never replaced by a new file; a folder neither,
 * where a file is written. */
static void test_kinds(void)
{
    start();
    g_autofree gchar *pipe = at("pipe"), *out = at("out"), *null = at("null"), *gone = at("gone");
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_assert_cmpint(symlink("/proc/self/fd/1", out), ==, 0);
    g_assert_cmpint(symlink("/dev/null", null), ==, 0);
    g_assert_cmpint(symlink("nothing", gone), ==, 0);
    g_assert_false(passes("pipe", "m.pb"));
    g_assert_false(passes("out", "m.pb"));
    g_assert_false(passes("null", "m.pb"));
    g_assert_true(passes("gone", "m.pb"));
    g_assert_true(passes("cells", "m.pb"));
    const char *const refused[] = {"pipe", "out", "null", "cells"};
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = at(refused[i]);
        g_assert_false(leuko_durable_set_contents(path, "x", 1, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
    g_assert_true(leuko_durable_set_contents(gone, "x", 1, NULL));
    finish();
}

/* The files that are read together with a graph or a checkpoint are inputs, present or not. */
static void test_beside(void)
{
    start();
    g_assert_false(passes("m.pb.json", "m.pb"));
    g_assert_false(passes("n.ckpt.data-00000-of-00001", "n.ckpt.index"));
    g_assert_false(passes("n.ckpt.json", "n.ckpt.index"));
    g_assert_true(passes("m.safetensors.json", "m.safetensors"));
    finish();
}

/* An output equal to an input folder or below it is refused, through links too. */
static void test_inside(void)
{
    start();
    const char *const inside[] = {"cells",          "cells/",   "cells/new",
                                  "cells/a/new/er", "link/new", "cells/a/1.png"};
    for (gsize i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_assert_false(passes(inside[i], "cells"));
        g_assert_false(passes(inside[i], "link"));
    }
    g_assert_true(passes("cells-more/new", "cells"));
    g_assert_true(passes("cells-new", "cells"));
    g_assert_true(passes("", "cells"));
    finish();
}

/* Two outputs under one name are refused; standard output is no file. */
static void test_outputs(void)
{
    start();
    g_autofree gchar *a = at("out.json"), *b = at("cells/../out.json");
    const char *const twice[] = {a, b, NULL}, *const streams[] = {"-", "-", NULL},
                      *const none[] = {NULL};
    g_autoptr(GError) error = NULL;
    g_assert_false(leuko_outputs_check(twice, none, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_assert_true(leuko_outputs_check(streams, none, NULL));
    finish();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/outputs/same", test_same);
    g_test_add_func("/outputs/kinds", test_kinds);
    g_test_add_func("/outputs/beside", test_beside);
    g_test_add_func("/outputs/inside", test_inside);
    g_test_add_func("/outputs/outputs", test_outputs);
    return g_test_run();
}
