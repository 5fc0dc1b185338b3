#include "base/stage.h"
#include "leuko/check.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <glib/gstdio.h>
#include <string.h>

static gchar *folder;

static gchar *at(const char *below) { return g_build_filename(folder, below, NULL); }

/* An image whose look depends on `seed`: 8 x 8 blocks of gray. */
static void put_image(const char *below, guint seed, guint block_px)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *path = at(below), *parent = g_path_get_dirname(path);
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    g_autoptr(LeukoImage) image = leuko_image_new(8 * block_px, 8 * block_px, &error);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0777), ==, 0);
    guint8 blocks[64];
    for (guint i = 0; i < 64; i++)
        blocks[i] = (guint8)g_rand_int_range(rand, 0, 256);
    for (guint y = 0; y < image->height; y++)
        for (guint x = 0; x < image->width; x++)
            memset(image->pixels + y * image->row_bytes + x * LEUKO_CHANNELS,
                   blocks[y / block_px * 8 + x / block_px], LEUKO_CHANNELS);
    g_assert_true(leuko_image_save(image, path, &error));
}

static void start(void)
{
    folder = g_dir_make_tmp("leuko-check-XXXXXX", NULL);
    put_image("a/1.png", 1, 10);
    put_image("a/2.png", 2, 12);
    put_image("a/3.jpg", 3, 11);
    put_image("b/1.png", 4, 10);
}

static void finish(void)
{
    g_assert_true(leuko_remove_tree(folder, NULL));
    g_clear_pointer(&folder, g_free);
}

static LeukoCheckReport *check(const char *group_by)
{
    g_autoptr(GError) error = NULL;
    LeukoCheckOptions options = leuko_check_options_default();
    options.folder.group_by = group_by;
    LeukoCheckReport *report = leuko_check_folder(folder, &options, &error);
    g_assert_no_error(error);
    return report;
}

/* A folder without findings passes; counts, formats, sizes and groups are those of its files. */
static void test_sound(void)
{
    start();
    g_autoptr(LeukoCheckReport) report = check("([0-9])");
    g_assert_true(report->passes);
    g_assert_cmpuint(report->n_images, ==, 4);
    g_assert_cmpuint(report->n_classes, ==, 2);
    const LeukoCheckClass *a = &report->classes[0];
    g_assert_cmpstr(a->name, ==, "a");
    g_assert_cmpuint(a->n_images, ==, 3);
    g_assert_cmpuint(a->n_groups, ==, 3);
    g_assert_cmpstr(a->formats[0], ==, "jpeg");
    g_assert_cmpstr(a->formats[1], ==, "png");
    g_assert_null(a->formats[2]);
    g_assert_cmpuint(a->side_min, ==, 80);
    g_assert_cmpuint(a->side_median, ==, 88);
    g_assert_cmpuint(a->side_max, ==, 96);
    finish();
}

/* Unreadable images, duplicates and skipped files are findings with their names; the first two
 * fail the check. */
static void test_findings(void)
{
    start();
    put_image("b/again.png", 1, 10); /* a/1.png */
    put_image("b/small.png", 4, 5);  /* b/1.png, resized */
    g_autofree gchar *text = at("a/text.jpg"), *notes = at("a/notes.txt");
    g_assert_true(g_file_set_contents(text, "no image", -1, NULL));
    g_assert_true(g_file_set_contents(notes, "no image", -1, NULL));
    g_autoptr(LeukoCheckReport) report = check(NULL);
    g_assert_false(report->passes);
    g_assert_cmpuint(report->n_unreadable, ==, 1);
    g_assert_cmpstr(report->unreadable[0].file, ==, "a/text.jpg");
    g_assert_cmpuint(report->n_skipped, ==, 1);
    g_assert_cmpstr(report->skipped[0].file, ==, "a/notes.txt");
    g_assert_cmpuint(report->n_duplicates, ==, 2);
    g_assert_cmpuint(report->n_clusters, ==, 2);
    g_assert_cmpuint(report->n_same_bytes, ==, 1);
    g_assert_cmpuint(report->n_same_image, ==, 1);
    g_assert_cmpuint(report->n_across_classes, ==, 1);
    g_assert_cmpstr(report->clusters[0].files[0], ==, "a/1.png");
    g_assert_cmpstr(report->clusters[0].files[1], ==, "b/again.png");
    g_assert_true(report->clusters[0].same_bytes);
    g_assert_true(report->clusters[0].across_classes);
    g_assert_cmpuint(report->clusters[1].n_files, ==, 2);
    g_assert_cmpstr(report->clusters[1].files[1], ==, "b/small.png");
    g_assert_false(report->clusters[1].same_bytes);
    g_assert_cmpuint(report->clusters[1].distances[0], ==, 0);
    g_assert_cmpuint(report->clusters[1].distances[1], <=, 24);
    finish();
}

static void put_level(const char *below, guint8 level, guint side_px)
{
    g_autofree gchar *path = at(below);
    g_autoptr(LeukoImage) image = leuko_image_new(side_px, side_px, NULL);
    memset(image->pixels, level, image->height * image->row_bytes);
    g_assert_true(leuko_image_save(image, path, NULL));
}

/* Constant images are duplicates only if their bytes are the same. */
static void test_blank(void)
{
    start();
    put_level("a/white.png", 255, 60);
    put_level("b/white.png", 255, 60);
    put_level("b/black.png", 0, 60);
    put_level("b/small.png", 255, 30);
    g_autoptr(LeukoCheckReport) report = check(NULL);
    g_assert_cmpuint(report->n_clusters, ==, 1);
    g_assert_cmpuint(report->clusters[0].n_files, ==, 2);
    g_assert_cmpstr(report->clusters[0].files[0], ==, "a/white.png");
    g_assert_cmpstr(report->clusters[0].files[1], ==, "b/white.png");
    g_assert_cmpuint(report->clusters[0].distances[1], ==, 0);
    finish();
}

/* Many copies of a file are one cluster: three copies make six pairs. */
static void test_copies(void)
{
    start();
    put_image("a/1a.png", 1, 10);
    put_image("a/1b.png", 1, 10);
    put_image("a/1c.png", 1, 10);
    g_autoptr(LeukoCheckReport) report = check(NULL);
    g_assert_cmpuint(report->n_clusters, ==, 1);
    g_assert_cmpuint(report->n_duplicates, ==, 3);
    g_assert_cmpuint(report->n_same_bytes, ==, 6);
    g_assert_cmpuint(report->n_same_image, ==, 0);
    finish();
}

/* The report is saved as JSON with the names of the findings. */
static void test_save(void)
{
    start();
    put_image("b/again.png", 1, 10);
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoCheckReport) report = check(NULL);
    g_autofree gchar *path = at("report.json"), *text = NULL;
    g_assert_true(leuko_check_report_save(report, path, &error));
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "\"images\": 5"));
    g_assert_nonnull(strstr(text, "\"b/again.png\""));
    finish();
}

/* Images in one folder without a class are read; the report has no class and one row for all. */
static void test_no_class(void)
{
    folder = g_dir_make_tmp("leuko-check-XXXXXX", NULL);
    put_image("x.png", 1, 4);
    put_image("y.png", 2, 6);
    g_autoptr(LeukoCheckReport) report = check(NULL);
    g_assert_cmpuint(report->n_images, ==, 2);
    g_assert_cmpuint(report->n_classes, ==, 0);
    g_assert_cmpstr(report->classes[0].name, ==, "");
    g_assert_cmpuint(report->classes[0].n_images, ==, 2);
    g_assert_nonnull(strstr(report->layout, "no classes"));
    finish();
}

/* Names of which most end in a label, but not all, are an error that names the one without. */
static void test_half_labeled(void)
{
    folder = g_dir_make_tmp("leuko-check-XXXXXX", NULL);
    put_image("Im1_0.png", 1, 4);
    put_image("Im2_1.png", 2, 4);
    put_image("x.png", 3, 4);
    g_autoptr(GError) error = NULL;
    LeukoCheckOptions options = leuko_check_options_default();
    g_assert_null(leuko_check_folder(folder, &options, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "x.png"));
    finish();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/sound", test_sound);
    g_test_add_func("/check/findings", test_findings);
    g_test_add_func("/check/blank", test_blank);
    g_test_add_func("/check/copies", test_copies);
    g_test_add_func("/check/save", test_save);
    g_test_add_func("/check/no-class", test_no_class);
    g_test_add_func("/check/half-labeled", test_half_labeled);
    return g_test_run();
}
