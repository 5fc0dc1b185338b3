#include "base/durable.h"
#include "base/stage.h"
#include "data/walk.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gchar *root;

static gchar *at(const char *below) { return g_build_filename(root, below, NULL); }

static void put_bytes(const char *below, const char *bytes)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = at(below), *folder = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0777), ==, 0);
    g_assert_true(leuko_durable_set_contents(path, bytes, strlen(bytes), &error));
}

static void put(const char *below) { put_bytes(below, "x"); }

static void put_link(const char *to, const char *below)
{
    g_autofree gchar *path = at(below);
    g_assert_cmpint(symlink(to, path), ==, 0);
}

static void start(void)
{
    root = g_dir_make_tmp("leuko-walk-XXXXXX", NULL);
    put("b/2.png");
    put("b/10.JPG");
    put("b/deep/er/x.tif");
    put("a-b/1.bmp");
    put("a/1.jpeg");
    put("\xff.gif");
    put(".hidden.jpg");
    put(".git/1.jpg");
    put("b/notes.txt");
    put("b/Thumbs.db");
    put("__MACOSX/b/2.png");
    put("b/photo.jp2");
    put("b/photo.xyz");
    put("b/README");
    put_bytes("b/by-content", "\x89PNG\r\n\x1a\n");
    put_bytes("b/P01.003", "GIF89a");
    put("b/scan.jfif");
}

static void finish(void)
{
    g_assert_true(leuko_remove_tree(root, NULL));
    g_clear_pointer(&root, g_free);
}

static void assert_paths(const GPtrArray *paths, const char *const *expected)
{
    guint n = 0;
    for (; expected[n]; n++) {
        g_assert_cmpuint(n, <, paths->len);
        g_assert_cmpstr(paths->pdata[n], ==, expected[n]);
    }
    g_assert_cmpuint(n, ==, paths->len);
}

static void assert_skipped(const LeukoWalk *walk, const char *path, LeukoSkipReason reason)
{
    for (guint i = 0; i < walk->skipped->len; i++) {
        const LeukoSkipped *skipped = walk->skipped->pdata[i];
        if (strcmp(skipped->path, path) == 0) {
            g_assert_cmpint(skipped->reason, ==, reason);
            return;
        }
    }
    g_error("%s is not among the skipped", path);
}

/* Images come sorted by the bytes of their paths; all else is skipped with its reason. */
static void test_files(void)
{
    start();
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(root, LEUKO_WALK_MAX_DEPTH, &error);
    g_assert_no_error(error);
    assert_paths(walk->files, (const char *[]){"a-b/1.bmp", "a/1.jpeg", "b/10.JPG", "b/2.png",
                                               "b/P01.003", "b/by-content", "b/deep/er/x.tif",
                                               "b/scan.jfif", "\xff.gif", NULL});
    assert_paths(walk->folders, (const char *[]){"a", "a-b", "b", "b/deep", "b/deep/er", NULL});
    assert_skipped(walk, ".hidden.jpg", LEUKO_SKIP_HIDDEN);
    assert_skipped(walk, ".git/1.jpg", LEUKO_SKIP_HIDDEN);
    assert_skipped(walk, "__MACOSX/b/2.png", LEUKO_SKIP_SYSTEM);
    assert_skipped(walk, "b/Thumbs.db", LEUKO_SKIP_SYSTEM);
    assert_skipped(walk, "b/notes.txt", LEUKO_SKIP_COMPANION);
    assert_skipped(walk, "b/photo.jp2", LEUKO_SKIP_FOREIGN);
    assert_skipped(walk, "b/photo.xyz", LEUKO_SKIP_NOT_IMAGE);
    assert_skipped(walk, "b/README", LEUKO_SKIP_NOT_IMAGE);
    g_assert_cmpuint(walk->skipped->len, ==, 8);
    g_autofree gchar *text = leuko_walk_describe_skipped(walk);
    g_assert_cmpstr(text, ==,
                    "2 hidden, 2 system file, 1 companion file, 1 image format that is not read, "
                    "2 not an image");
    g_assert_true(leuko_walk_refuse(walk, LEUKO_SKIP_INCOMPLETE, &error));
    finish();
}

/* A folder below the last level is skipped, and a caller can refuse that. */
static void test_depth(void)
{
    start();
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(root, 1, &error);
    assert_paths(walk->files,
                 (const char *[]){"a-b/1.bmp", "a/1.jpeg", "b/10.JPG", "b/2.png", "b/P01.003",
                                  "b/by-content", "b/scan.jfif", "\xff.gif", NULL});
    assert_skipped(walk, "b/deep", LEUKO_SKIP_TOO_DEEP);
    g_assert_true(leuko_walk_refuse(walk, LEUKO_SKIP_UNREADABLE, &error));
    g_assert_false(leuko_walk_refuse(walk, LEUKO_SKIP_INCOMPLETE, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "too many levels of folders"));
    finish();
}

/* The 32nd level of folders is read, the 33rd is not. */
static void test_deepest(void)
{
    root = g_dir_make_tmp("leuko-walk-XXXXXX", NULL);
    g_autoptr(GString) below = g_string_new("1");
    for (guint i = 1; i < LEUKO_WALK_MAX_DEPTH; i++)
        g_string_append(below, "/1");
    g_autofree gchar *last = g_strconcat(below->str, "/x.png", NULL);
    g_autofree gchar *beyond = g_strconcat(below->str, "/1/x.png", NULL);
    put(last);
    put(beyond);
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(root, LEUKO_WALK_MAX_DEPTH, NULL);
    assert_paths(walk->files, (const char *[]){last, NULL});
    g_assert_cmpuint(leuko_walk_n_skipped(walk, LEUKO_SKIP_TOO_DEEP), ==, 1);
    finish();
}

/* Links to folders are followed, but not back to a folder that contains them; links that lead
 * nowhere and pipes are skipped. */
static void test_links(void)
{
    start();
    put_link("../b", "a/link");
    put_link("..", "a/up");
    put_link(".", "a/self");
    put_link("nowhere", "a/lost.jpg");
    put_link("1.jpeg", "a/two.jpeg");
    g_autofree gchar *pipe = at("a/pipe.png");
    g_assert_cmpint(mkfifo(pipe, 0666), ==, 0);
    g_autofree gchar *a = at("a");
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(a, LEUKO_WALK_MAX_DEPTH, NULL);
    assert_paths(walk->files,
                 (const char *[]){"1.jpeg", "link/10.JPG", "link/2.png", "link/P01.003",
                                  "link/by-content", "link/deep/er/x.tif", "link/scan.jfif",
                                  "two.jpeg", "up/a-b/1.bmp", "up/b/10.JPG", "up/b/2.png",
                                  "up/b/P01.003", "up/b/by-content", "up/b/deep/er/x.tif",
                                  "up/b/scan.jfif", "up/\xff.gif", NULL});
    assert_skipped(walk, "lost.jpg", LEUKO_SKIP_DANGLING);
    assert_skipped(walk, "self", LEUKO_SKIP_LOOP);
    assert_skipped(walk, "up/a", LEUKO_SKIP_LOOP);
    assert_skipped(walk, "pipe.png", LEUKO_SKIP_NOT_FILE);
    finish();
}

/* A folder without permission is skipped with the system's words; the start folder is an error. */
static void test_unreadable(void)
{
    if (geteuid() == 0) {
        g_test_skip("root may read every folder");
        return;
    }
    start();
    g_autoptr(GError) error = NULL;
    g_autofree gchar *b = at("b");
    g_assert_cmpint(g_chmod(b, 0), ==, 0);
    g_autoptr(LeukoWalk) walk = leuko_walk_folder(root, 1, &error);
    assert_skipped(walk, "b", LEUKO_SKIP_UNREADABLE);
    g_assert_false(leuko_walk_refuse(walk, LEUKO_SKIP_UNREADABLE, &error));
    g_assert_nonnull(strstr(error->message, "/b: Permission denied"));
    g_clear_error(&error);
    g_assert_null(leuko_walk_folder(b, 1, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
    g_assert_cmpint(g_chmod(b, 0777), ==, 0);
    finish();
}

/* In a list of paths a file stands for itself, whatever its name; a folder for its images, and for
 * links that lead nowhere. */
static void test_paths(void)
{
    start();
    g_autoptr(GError) error = NULL;
    g_autofree gchar *notes = at("b/notes.txt"), *b = at("b"), *slash = g_strconcat(b, "/", NULL);
    const char *const paths[] = {notes, slash, "/nowhere/x.jpg", NULL};
    g_autofree gchar *first = at("b/10.JPG"), *second = at("b/2.png");
    g_autofree gchar *third = at("b/P01.003"), *fourth = at("b/by-content");
    g_autofree gchar *fifth = at("b/deep/er/x.tif"), *sixth = at("b/lost.png");
    g_autofree gchar *seventh = at("b/scan.jfif");
    put_link("nowhere", "b/lost.png");
    g_autoptr(LeukoWalk) walk = leuko_walk_paths(paths, &error);
    g_assert_no_error(error);
    assert_paths(walk->files, (const char *[]){notes, first, second, third, fourth, fifth, sixth,
                                               seventh, "/nowhere/x.jpg", NULL});
    assert_skipped(walk, notes, LEUKO_SKIP_COMPANION);
    finish();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/walk/files", test_files);
    g_test_add_func("/walk/depth", test_depth);
    g_test_add_func("/walk/deepest", test_deepest);
    g_test_add_func("/walk/links", test_links);
    g_test_add_func("/walk/unreadable", test_unreadable);
    g_test_add_func("/walk/paths", test_paths);
    return g_test_run();
}
