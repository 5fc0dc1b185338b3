#include "formula.h"
#include "image/vips.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static gchar *corpus_path(const char *name)
{
    return g_build_filename(g_getenv("LEUKO_TEST_DATA"), "fuzz", "corpus", "image", name, NULL);
}

static LeukoImage *decode_prefix(const char *file, gsize n_cut, GError **error)
{
    g_autofree gchar *path = corpus_path(file), *bytes = NULL;
    gsize n;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    g_assert_cmpuint(n_cut, <=, n);
    return leuko_image_decode(bytes, n_cut ? n_cut : n, file, error);
}

/* What is written as PNG comes back byte for byte, also from rows with padding. */
static void test_png_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = formula_image(37, 23);
    LeukoImage part = {30, 23, image->row_bytes, image->pixels};
    g_autoptr(GBytes) bytes = leuko_image_encode(&part, "png", 0, &error);
    g_assert_no_error(error);
    gsize n;
    gconstpointer data = g_bytes_get_data(bytes, &n);
    g_autoptr(LeukoImage) back = leuko_image_decode(data, n, "memory", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(back->width, ==, 30);
    g_assert_cmpuint(back->height, ==, 23);
    for (guint y = 0; y < 23; y++)
        g_assert_cmpint(
            memcmp(back->pixels + y * back->row_bytes, image->pixels + y * image->row_bytes, 90),
            ==, 0);
}

/* A smooth image written as JPEG of quality 95 comes back within 6 of 255 everywhere, from the
 * folder it was saved in, and in full chroma. */
static void test_jpeg_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = leuko_image_new(64, 48, NULL);
    for (guint i = 0; i < 64 * 48; i++) {
        image->pixels[i * 3] = (guint8)(i % 64 * 3);
        image->pixels[i * 3 + 1] = (guint8)(i / 64 * 4);
        image->pixels[i * 3 + 2] = 90;
    }
    g_autofree gchar *dir = g_dir_make_tmp("leuko-image-XXXXXX", NULL);
    g_autofree gchar *path = g_build_filename(dir, "a.jpg", NULL);
    g_assert_true(leuko_image_save(image, path, &error));
    g_autoptr(LeukoImage) back = leuko_image_load(path, &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < 64 * 48 * 3; i++)
        g_assert_cmpint(ABS((int)back->pixels[i] - image->pixels[i]), <=, 6);
    g_unlink(path);
    g_rmdir(dir);
}

/* Every kind of file that is read gives the pixels that Pillow 9.4 gives for it: first, second and
 * last one. (python3 -c "from PIL import Image; p = list(Image.open(F).convert('RGB').getdata())",
 * after exif_transpose and on white; CMYK by color profile and 16 bits by the upper 8, both of
 * which Pillow does not do: there the values are ours.) */
static void test_formats(void)
{
    static const struct {
        const char *file;
        guint width, height;
        guint8 first[3], second[3], last[3];
        int tolerance;
    } cases[] = {
        {"rgb.png", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"alpha.png", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"half-alpha.png", 2, 1, {255, 255, 255}, {127, 127, 255}, {127, 127, 255}, 1},
        {"gray-alpha.png", 19, 13, {23, 23, 23}, {26, 26, 26}, {97, 97, 97}, 0},
        {"palette.png", 19, 13, {0, 0, 204}, {0, 0, 204}, {204, 51, 51}, 0},
        {"one-bit.png", 19, 13, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, 0},
        {"rgb16.png", 3, 2, {0, 2, 4}, {6, 8, 10}, {30, 32, 34}, 0},
        {"gray16.png", 3, 2, {0, 0, 0}, {2, 2, 2}, {10, 10, 10}, 0},
        {"one-pixel.png", 1, 1, {180, 80, 120}, {180, 80, 120}, {180, 80, 120}, 0},
        {"rgb.jpg", 19, 13, {0, 0, 185}, {7, 9, 188}, {184, 65, 9}, 1},
        {"gray.jpg", 19, 13, {26, 26, 26}, {25, 25, 25}, {102, 102, 102}, 1},
        {"progressive.jpg", 19, 13, {0, 11, 190}, {0, 12, 183}, {190, 62, 33}, 1},
        {"turned.jpg", 13, 19, {48, 203, 205}, {56, 184, 231}, {188, 51, 43}, 1},
        {"cmyk.jpg", 19, 13, {34, 40, 110}, {48, 40, 108}, {219, 60, 66}, 3},
        {"rgb.tif", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"lzw.tif", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"deflate.tif", 19, 13, {23, 23, 23}, {26, 26, 26}, {97, 97, 97}, 0},
        {"jpeg.tif", 19, 13, {1, 0, 199}, {10, 0, 192}, {233, 21, 51}, 1},
        {"cmyk.tif", 19, 13, {33, 39, 110}, {49, 40, 108}, {221, 70, 66}, 3},
        {"palette.tif", 19, 13, {0, 0, 204}, {0, 0, 204}, {204, 51, 51}, 0},
        {"float.tif", 19, 13, {22, 22, 22}, {25, 25, 25}, {96, 96, 96}, 0},
        {"gray16.tif", 5, 4, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}, 0},
        {"one.gif", 19, 13, {0, 0, 204}, {0, 0, 204}, {204, 51, 51}, 0},
        {"moving.gif", 19, 13, {0, 0, 204}, {0, 0, 204}, {204, 51, 51}, 0},
        {"lossy.webp", 19, 13, {0, 8, 189}, {0, 10, 182}, {192, 62, 24}, 1},
        {"alpha.webp", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"rgb.bmp", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"palette.bmp", 19, 13, {0, 0, 204}, {0, 0, 204}, {204, 51, 51}, 0},
        {"one-bit.bmp", 19, 13, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, 0},
        {"rle8.bmp", 4, 2, {6, 5, 4}, {10, 9, 8}, {10, 9, 8}, 0},
        {"upside.bmp", 2, 2, {2, 1, 0}, {6, 5, 4}, {14, 13, 12}, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].file);
        g_autoptr(LeukoImage) image = decode_prefix(cases[i].file, 0, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(image->width, ==, cases[i].width);
        g_assert_cmpuint(image->height, ==, cases[i].height);
        const guint8 *last = image->pixels + image->row_bytes * image->height - 3;
        for (guint c = 0; c < 3; c++) {
            int t = cases[i].tolerance;
            g_assert_cmpint(ABS(image->pixels[c] - cases[i].first[c]), <=, t);
            if (image->width > 1)
                g_assert_cmpint(ABS(image->pixels[3 + c] - cases[i].second[c]), <=, t);
            g_assert_cmpint(ABS(last[c] - cases[i].last[c]), <=, t);
        }
    }
}

/* Each bad file is refused with its code and a message that says what is wrong with it. */
static void test_bad_files(void)
{
    static const struct {
        const char *file;
        gsize n_cut; /* 0: whole */
        LeukoErrorCode code;
        const char *message;
    } cases[] = {
        {"text.jpg", 0, LEUKO_ERROR_FORMAT,
         "text.jpg: not an image (text; supported: JPEG, PNG, *"},
        {"empty.jpg", 0, LEUKO_ERROR_FORMAT, "empty.jpg: empty file, not an image"},
        {"head-only.jpg", 0, LEUKO_ERROR_FORMAT, "head-only.jpg: broken or truncated jpeg: *"},
        {"no-end.jpg", 0, LEUKO_ERROR_FORMAT, "*broken or truncated jpeg: Premature end of JPEG*"},
        {"rgb.jpg", 700, LEUKO_ERROR_FORMAT, "*broken or truncated jpeg: Premature end of JPEG*"},
        {"cmyk.jpg", 600, LEUKO_ERROR_FORMAT, "*broken or truncated jpeg: *"},
        {"turned.jpg", 760, LEUKO_ERROR_FORMAT, "*broken or truncated jpeg: Premature end of *"},
        {"rgb.png", 100, LEUKO_ERROR_FORMAT, "*broken or truncated png: *"},
        {"flipped.png", 0, LEUKO_ERROR_FORMAT, "*broken or truncated png: *"},
        {"rgb.tif", 300, LEUKO_ERROR_FORMAT, "*broken or truncated tiff: *"},
        {"far-folder.tif", 0, LEUKO_ERROR_FORMAT, "*broken or truncated tiff: *"},
        {"one.gif", 100, LEUKO_ERROR_FORMAT, "*broken or truncated gif: *"},
        {"lossy.webp", 100, LEUKO_ERROR_FORMAT, "*broken or truncated webp: *"},
        {"rgb.bmp", 200, LEUKO_ERROR_FORMAT, "*bmp: the file ends before its last pixel"},
        {"rle8-no-end.bmp", 0, LEUKO_ERROR_FORMAT, "*bmp: the file ends before its last pixel"},
        {"zero.png", 0, LEUKO_ERROR_FORMAT, "*broken or truncated png: Image width is zero*"},
        {"wide.png", 0, LEUKO_ERROR_FORMAT, "*broken or truncated png: Image width exceeds*"},
        {"bomb.png", 0, LEUKO_ERROR_UNSUPPORTED, "bomb.png: too large: 30000 x 30000 pixels *"},
        {"bomb.bmp", 0, LEUKO_ERROR_UNSUPPORTED, "bomb.bmp: too large: 30000 x 30000 pixels *"},
        {"square.png", 0, LEUKO_ERROR_UNSUPPORTED, "square.png: too large: 20000 x 20000 pixels *"},
        {"bomb.jpg", 0, LEUKO_ERROR_FORMAT, "*jpeg: Maximum supported image dimension is 65500*"},
        {"scans.jpg", 0, LEUKO_ERROR_FORMAT, "*jpeg: more than 200 scans"},
        {"cmyk-scans.jpg", 0, LEUKO_ERROR_FORMAT, "*jpeg: too many scans"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(decode_prefix(cases[i].file, cases[i].n_cut, &error));
        g_assert_error(error, LEUKO_ERROR, (int)cases[i].code);
        g_test_message("%s", error->message);
        g_assert_true(g_pattern_match_simple(cases[i].message, error->message));
        g_assert_null(strchr(error->message, '\n'));
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_image_load("/nonexistent/a.png", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_IO);
}

/* A file cut at any length never gives an image, except where only padding is lost. */
static void test_cut_anywhere(void)
{
    static const struct {
        const char *file;
        gsize n_padding; /* bytes at the end that carry no pixels */
    } cases[] = {
        {"rgb.jpg", 0}, {"rgb.png", 16}, {"rgb.bmp", 0}, {"alpha.webp", 1}, {"rgb.tif", 1000}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree gchar *path = corpus_path(cases[i].file), *bytes = NULL;
        gsize n;
        g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        for (gsize cut = 0; cut + cases[i].n_padding < n; cut += 1 + cut / 40) {
            g_autoptr(GError) error = NULL;
            g_autoptr(LeukoImage) image = leuko_image_decode(bytes, cut, cases[i].file, &error);
            if (image)
                g_error("%s cut to %zu of %zu bytes was read", cases[i].file, cut, n);
            g_assert_nonnull(error);
        }
    }
}

/* The straight way for JPEG gives the very pixels that libvips gives. */
static void test_jpeg_equals_vips(void)
{
    static const char *const files[] = {"rgb.jpg", "gray.jpg", "progressive.jpg"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = corpus_path(files[i]), *bytes = NULL;
        gsize n;
        g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        g_autoptr(LeukoImage) ours = leuko_image_decode(bytes, n, files[i], &error);
        g_assert_no_error(error);
        g_autoptr(LeukoImage) vips = image_vips_decode_slowly(bytes, n, "jpeg", files[i], &error);
        g_assert_no_error(error);
        g_assert_cmpuint(ours->width, ==, vips->width);
        g_assert_cmpint(memcmp(ours->pixels, vips->pixels, ours->row_bytes * ours->height), ==, 0);
    }
}

typedef struct {
    const char *file, *reason;
    guint n_wrong;
} Reader;

static gpointer read_many(gpointer data)
{
    Reader *reader = data;
    for (int i = 0; i < 200; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoImage) image = decode_prefix(reader->file, 0, &error);
        if (reader->reason ? !error || !strstr(error->message, reader->reason) : !image)
            reader->n_wrong++;
    }
    return NULL;
}

/* Threads that read good and bad files at once get their own images and their own reasons. */
static void test_threads(void)
{
    Reader readers[] = {{"zero.png", "width is zero", 0},
                        {"wide.png", "width exceeds", 0},
                        {"far-folder.tif", "tiff", 0},
                        {"rgb.png", NULL, 0},
                        {"rgb.jpg", NULL, 0},
                        {"rle8.bmp", NULL, 0}};
    GThread *threads[G_N_ELEMENTS(readers)];
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
        threads[i] = g_thread_new("reader", read_many, &readers[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
        g_thread_join(threads[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
        g_assert_cmpuint(readers[i].n_wrong, ==, 0);
}

/* Sizes out of the limits, and unknown formats and endings, are refused as arguments. */
static void test_arguments(void)
{
    static const guint bad[][2] = {{0, 1}, {1, 0}, {20001, 1}, {1, 20001}, {10001, 10000}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(leuko_image_new(bad[i][0], bad[i][1], &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
    g_autoptr(LeukoImage) image = formula_image(3, 3);
    const struct {
        const char *format;
        int quality;
    } formats[] = {{"gif", 95}, {"jpeg", 0}, {"jpeg", 101}};
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(leuko_image_encode(image, formats[i].format, formats[i].quality, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(leuko_image_save(image, "/tmp/a.tif", &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

/* Names and first bytes are told apart. */
static void test_names_and_sniff(void)
{
    g_assert_true(leuko_image_has_supported_name("a.JPG"));
    g_assert_true(leuko_image_has_supported_name("b/c.d.tiff"));
    g_assert_false(leuko_image_has_supported_name(".png"));
    g_assert_false(leuko_image_has_supported_name("a.txt"));
    g_assert_false(leuko_image_has_supported_name("jpg"));
    g_assert_cmpstr(leuko_image_sniff("\xff\xd8\xff", 3), ==, "jpeg");
    g_assert_null(leuko_image_sniff("\xff\xd8", 2));
    g_assert_null(leuko_image_sniff("BMW is no image, though BM", 28));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* vips warns of bad files (and ours drops that); g_test would end the process there */
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    g_test_add_func("/image/png-round-trip", test_png_round_trip);
    g_test_add_func("/image/jpeg-round-trip", test_jpeg_round_trip);
    g_test_add_func("/image/formats", test_formats);
    g_test_add_func("/image/bad-files", test_bad_files);
    g_test_add_func("/image/cut-anywhere", test_cut_anywhere);
    g_test_add_func("/image/jpeg-equals-vips", test_jpeg_equals_vips);
    g_test_add_func("/image/threads", test_threads);
    g_test_add_func("/image/arguments", test_arguments);
    g_test_add_func("/image/names-and-sniff", test_names_and_sniff);
    return g_test_run();
}
