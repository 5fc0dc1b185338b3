#include "augmented.h"
#include "data/augment-folder.h"
#include "formula.h"
#include "image/augment.h"
#include "image/warp.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* test-augment-cv2.py --print: SHA-256 (first 16 digits) of the bytes that OpenCV 4.6 makes of the
 * formula image. */
static const struct {
    guint width, height;
    const char *operation;
    double degrees;
    const char *sha256;
} golden[] = {
    {299, 299, "gray", 0, "997f88fa99f3d737"},      {299, 299, "hist", 0, "9f3419a56d552916"},
    {299, 299, "hor", 0, "72622be367402e7d"},       {299, 299, "ver", 0, "adcf808d5630e297"},
    {299, 299, "translate", 0, "898a6d9f2c5cfa7e"}, {299, 299, "shear", 0, "1ff18d6a1af380d5"},
    {299, 299, "rotate", -179, "6c8ae6efbea632ec"}, {299, 299, "rotate", -90, "4f691b00fc94e10b"},
    {299, 299, "rotate", -37, "1b6ef1b648fb3fee"},  {299, 299, "rotate", 0, "ccb89554e8be7c90"},
    {299, 299, "rotate", 13, "a50e959ffad8c277"},   {299, 299, "rotate", 45, "0a91a30a29aba188"},
    {299, 299, "rotate", 180, "567e10173f77f369"},  {64, 47, "gray", 0, "020cbf2acd862939"},
    {64, 47, "hist", 0, "ee234ebe4e8f8a90"},        {64, 47, "hor", 0, "9d6c9f2a7476d72e"},
    {64, 47, "ver", 0, "270964b7aa5f2278"},         {64, 47, "translate", 0, "4a866de230a85b3c"},
    {64, 47, "shear", 0, "82e586278469dc76"},       {64, 47, "rotate", -179, "270205a90089e9aa"},
    {64, 47, "rotate", -90, "ab6a1e2963a8ba06"},    {64, 47, "rotate", -37, "86f2bc95f3b9dae6"},
    {64, 47, "rotate", 0, "2d69a44e02be08d9"},      {64, 47, "rotate", 13, "f0ee335c5a0853a2"},
    {64, 47, "rotate", 45, "c1f4ec89b687aaac"},     {64, 47, "rotate", 180, "861435e4566f86ca"},
};

/* Grayscale, equalization, reflections and warps give OpenCV's bytes. */
static void test_opencv_bytes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_test_message("%s %g", golden[i].operation, golden[i].degrees);
        g_autoptr(LeukoImage) image = formula_image(golden[i].width, golden[i].height);
        g_autoptr(LeukoImage) out = augmented(image, golden[i].operation, golden[i].degrees);
        g_autofree gchar *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, out->pixels,
                                                            out->row_bytes * out->height);
        sum[16] = '\0';
        g_assert_cmpstr(sum, ==, golden[i].sha256);
    }
}

/* The blur is the Gaussian's weighted sum, written out in double with the cuts to bytes, within 1;
 * even ground stays as it is. */
static void test_blur(void)
{
    enum { W = 31, H = 23, R = 20 };
    const double sigma = 5.11;
    g_autoptr(LeukoImage) image = formula_image(W, H);
    g_autoptr(LeukoImage) out = leuko_augment_blur(image, sigma, NULL);
    double kernel[2 * R + 1], total = 0;
    guint8 middle[H][W];
    for (int k = -R; k <= R; k++)
        total += kernel[k + R] = exp(-0.5 * k * k / (sigma * sigma));
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double sum = 0;
            for (int k = -R; k <= R; k++) {
                int v = y + k;
                v = v < 0 ? -1 - v : v >= H ? 2 * H - 1 - v : v;
                sum += kernel[k + R] / total *
                       image->pixels[(guint)v * image->row_bytes + (guint)x * 3];
            }
            middle[y][x] = (guint8)sum;
        }
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            double sum = 0;
            for (int k = -R; k <= R; k++) {
                int u = x + k;
                u = u < 0 ? -1 - u : u >= W ? 2 * W - 1 - u : u;
                sum += kernel[k + R] / total * middle[y][u];
            }
            g_assert_cmpint(ABS((int)sum - out->pixels[(guint)y * out->row_bytes + (guint)x * 3]),
                            <=, 1);
        }
    memset(image->pixels, 144, image->row_bytes * H);
    g_autoptr(LeukoImage) even = leuko_augment_blur(image, sigma, NULL);
    for (gsize i = 0; i < even->row_bytes * H; i++)
        g_assert_cmpint(even->pixels[i], ==, 144);
}

/* A matrix that cannot be inverted and a blur out of range are refused. */
static void test_refuses(void)
{
    const double flat[6] = {1, 2, 0, 2, 4, 0}, nan_map[6] = {NAN, 0, 0, 0, 1, 0};
    g_autoptr(LeukoImage) image = formula_image(4, 4);
    double inverse[6];
    g_autoptr(GError) error = NULL;
    g_assert_false(warp_invert(flat, inverse));
    g_assert_false(warp_invert(nan_map, inverse));
    g_assert_null(leuko_augment_blur(image, 0, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* The background is found under noise, with a cell in the middle and others over two fifths of the
 * edge; one pixel is its own background. */
static void test_background(void)
{
    g_autoptr(LeukoImage) image = leuko_image_new(100, 90, NULL);
    for (guint y = 0; y < 90; y++)
        for (guint x = 0; x < 100; x++) {
            gboolean is_cell = (x > 20 && x < 80 && y > 20 && y < 70) || x < 40;
            const guint8 color[3] = {is_cell ? 120 : 230, is_cell ? 60 : 220, is_cell ? 150 : 210};
            for (guint c = 0; c < 3; c++)
                image->pixels[y * image->row_bytes + x * 3 + c] =
                    (guint8)(color[c] + (x * 31 + y * 17 + c) % 5);
        }
    guint8 border[3];
    leuko_augment_background(image, border);
    g_assert_cmpint(border[0], ==, 232);
    g_assert_cmpint(border[1], ==, 222);
    g_assert_cmpint(border[2], ==, 212);
    LeukoImage one = {1, 1, 3, image->pixels};
    leuko_augment_background(&one, border);
    g_assert_cmpint(border[0], ==, image->pixels[0]);
}

static gchar *make_folder(void)
{
    gchar *dir = g_dir_make_tmp("leuko-augment-XXXXXX", NULL);
    static const char *const names[] = {"a/x.png", "a/y.png", "b/x.png", "b/z.png", "b/z.jpg"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree gchar *path = g_build_filename(dir, "in", names[i], NULL);
        g_autofree gchar *folder = g_path_get_dirname(path);
        g_mkdir_with_parents(folder, 0777);
        g_autoptr(LeukoImage) image = formula_image(40 + (guint)i, 30);
        g_assert_true(leuko_image_save(image, path, NULL));
    }
    return dir;
}

/* All files below `dir` by name, with their contents; augment.csv's too. */
static GHashTable *read_all(const char *dir)
{
    GHashTable *files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    static const char *const folders[] = {".", "a", "b"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree gchar *folder = g_build_filename(dir, folders[i], NULL);
        g_autoptr(GDir) handle = g_dir_open(folder, 0, NULL);
        const char *name;
        while (handle && (name = g_dir_read_name(handle))) {
            g_autofree gchar *path = g_build_filename(folder, name, NULL);
            gchar *bytes;
            gsize n;
            if (g_file_get_contents(path, &bytes, &n, NULL)) {
                g_hash_table_insert(
                    files, g_strdup_printf("%s/%s", folders[i], name),
                    g_compute_checksum_for_data(G_CHECKSUM_SHA1, (guchar *)bytes, n));
                g_free(bytes);
            }
        }
    }
    return files;
}

static void remove_all(const char *dir)
{
    const char *argv[] = {"rm", "-rf", dir, NULL};
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
}

/* A folder gives 28 files an image and a table, the same bytes with one thread and with three, and
 * other angles with another seed. */
static void test_folder(void)
{
    g_autofree gchar *dir = make_folder(), *in = g_build_filename(dir, "in", NULL);
    GHashTable *made[3];
    for (guint i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        LeukoAugmentOptions options = leuko_augment_options_default();
        LeukoAugmentResult result;
        options.side_px = 32;
        options.n_threads = i == 1 ? 3 : 1;
        options.seed = i == 2 ? 51 : 50;
        g_autofree gchar *name = g_strdup_printf("out%u", i);
        g_autofree gchar *out = g_build_filename(dir, name, NULL);
        g_assert_true(
            leuko_augment_folder(in, out, &options, (LeukoReporter){0}, NULL, &result, &error));
        g_assert_cmpuint(result.n_images, ==, 5);
        g_assert_cmpuint(result.n_files, ==, 5 * 28);
        made[i] = read_all(out);
        g_assert_cmpuint(g_hash_table_size(made[i]), ==, 5 * 28 + 1);
    }
    GHashTableIter iter;
    gpointer name, sum;
    guint n_missing = 0;
    g_hash_table_iter_init(&iter, made[0]);
    while (g_hash_table_iter_next(&iter, &name, &sum)) {
        g_assert_cmpstr(g_hash_table_lookup(made[1], name), ==, sum);
        n_missing += !g_hash_table_contains(made[2], name);
    }
    g_assert_cmpuint(n_missing, >, 80); /* of 100 rotations; a few fall alike by chance */
    g_assert_true(g_hash_table_contains(made[0], "b/z.png.jpg")); /* z.png and z.jpg both live */
    g_assert_true(g_hash_table_contains(made[0], "b/Gray-z.jpg.jpg"));
    g_assert_true(g_hash_table_contains(made[0], "a/Shear-x.jpg"));
    for (guint i = 0; i < 3; i++)
        g_hash_table_unref(made[i]);
    remove_all(dir);
}

/* Every angle of one image is another one, 360 of them at most. */
static void test_angles(void)
{
    g_autofree gchar *dir = make_folder(), *in = g_build_filename(dir, "in", NULL);
    g_autofree gchar *out = g_build_filename(dir, "out", NULL);
    LeukoAugmentOptions options = leuko_augment_options_default();
    options.side_px = 16;
    options.n_rotations = 360;
    options.ops = LEUKO_AUGMENT_ROTATE;
    g_assert_true(leuko_augment_folder(in, out, &options, (LeukoReporter){0}, NULL, NULL, NULL));
    g_autofree gchar *folder = g_build_filename(out, "a", NULL);
    g_autoptr(GDir) handle = g_dir_open(folder, 0, NULL);
    gboolean seen[360] = {FALSE};
    guint n = 0;
    const char *name;
    while ((name = g_dir_read_name(handle))) {
        gint64 degrees = g_ascii_strtoll(name, NULL, 10);
        if (!g_str_has_suffix(name, "-x.jpg"))
            continue;
        g_assert_true(degrees >= -179 && degrees <= 180 && !seen[degrees + 179]);
        seen[degrees + 179] = TRUE;
        n++;
    }
    g_assert_cmpuint(n, ==, 360);
    options.n_rotations = 361;
    g_autoptr(GError) error = NULL;
    g_assert_false(leuko_augment_folder(in, out, &options, (LeukoReporter){0}, NULL, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    remove_all(dir);
}

/* An unreadable image stops the job, which names it and leaves nothing; on request it is
 * skipped. */
static void test_broken_image(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *dir = make_folder(), *in = g_build_filename(dir, "in", NULL);
    g_autofree gchar *out = g_build_filename(dir, "out", NULL);
    g_autofree gchar *bad = g_build_filename(in, "a", "bad.jpg", NULL);
    g_assert_true(g_file_set_contents(bad, "no image\n", -1, NULL));
    LeukoAugmentOptions options = leuko_augment_options_default();
    LeukoAugmentResult result;
    options.side_px = 16;
    options.n_threads = 2;
    g_assert_false(leuko_augment_folder(in, out, &options, (LeukoReporter){0}, NULL, NULL, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "in/a/bad.jpg: not an image (text"));
    g_autoptr(GDir) handle = g_dir_open(dir, 0, NULL);
    g_assert_cmpstr(g_dir_read_name(handle), ==, "in");
    g_assert_null(g_dir_read_name(handle));
    options.skip_unreadable = TRUE;
    g_assert_true(leuko_augment_folder(in, out, &options, (LeukoReporter){0}, NULL, &result, NULL));
    g_assert_cmpuint(result.n_skipped, ==, 1);
    g_assert_cmpuint(result.n_images, ==, 5);
    remove_all(dir);
}

/* An output inside the input, an input that was augmented, one without images and a canceled job
 * are refused, each with its code. */
static void test_folder_refuses(void)
{
    g_autofree gchar *dir = make_folder(), *in = g_build_filename(dir, "in", NULL);
    g_autofree gchar *inside = g_build_filename(dir, "in", "..", "in", "new", "out", NULL);
    g_autofree gchar *out = g_build_filename(dir, "out", NULL);
    g_autofree gchar *table = g_build_filename(in, "augment.csv", NULL);
    LeukoAugmentOptions options = leuko_augment_options_default();
    options.side_px = 16;
    g_autoptr(GError) a = NULL, b = NULL, c = NULL, d = NULL;
    g_assert_false(leuko_augment_folder(in, inside, &options, (LeukoReporter){0}, NULL, NULL, &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_cancellable_cancel(cancellable);
    g_assert_false(
        leuko_augment_folder(in, out, &options, (LeukoReporter){0}, cancellable, NULL, &b));
    g_assert_error(b, LEUKO_ERROR, LEUKO_ERROR_CANCELLED);
    g_assert_false(g_file_test(out, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_set_contents(table, "file,source\n", -1, NULL));
    g_assert_false(leuko_augment_folder(in, out, &options, (LeukoReporter){0}, NULL, NULL, &c));
    g_assert_error(c, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_autofree gchar *empty = g_build_filename(dir, "empty", NULL);
    g_mkdir(empty, 0777);
    g_assert_false(leuko_augment_folder(empty, out, &options, (LeukoReporter){0}, NULL, NULL, &d));
    g_assert_error(d, LEUKO_ERROR, LEUKO_ERROR_DATA);
    remove_all(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/augment/opencv-bytes", test_opencv_bytes);
    g_test_add_func("/augment/blur", test_blur);
    g_test_add_func("/augment/refuses", test_refuses);
    g_test_add_func("/augment/background", test_background);
    g_test_add_func("/augment/folder", test_folder);
    g_test_add_func("/augment/angles", test_angles);
    g_test_add_func("/augment/broken-image", test_broken_image);
    g_test_add_func("/augment/folder-refuses", test_folder_refuses);
    return g_test_run();
}
