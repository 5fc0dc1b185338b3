#include "config.h"
#include "formula.h"
#include "image/orientation.h"
#if HAVE_VIPS
#include "image/vips.h"
#endif
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

/* TRUE if only libvips reads the file, and this build has none. The error then says so. */
static gboolean is_not_read_here(const char *file, const GError *error)
{
#if HAVE_VIPS
    (void)file, (void)error;
    return FALSE;
#else
    gboolean only_vips = g_str_has_suffix(file, ".gif") || g_str_has_suffix(file, ".webp");
    if (only_vips) {
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
        g_assert_true(strstr(error->message, "has no libvips and does not read "));
    }
    return only_vips;
#endif
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
 * after exif_transpose and on white; 16 bits by the upper 8 of those in use (14, 12 and 10 here),
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
        {"rgb16.png", 3, 2, {0, 8, 16}, {24, 32, 40}, {120, 128, 136}, 0},
        {"gray16.png", 3, 2, {0, 0, 0}, {32, 32, 32}, {160, 160, 160}, 0},
        {"one-pixel.png", 1, 1, {180, 80, 120}, {180, 80, 120}, {180, 80, 120}, 0},
        {"rgb.jpg", 19, 13, {0, 0, 185}, {7, 9, 188}, {184, 65, 9}, 1},
        {"gray.jpg", 19, 13, {26, 26, 26}, {25, 25, 25}, {102, 102, 102}, 1},
        {"progressive.jpg", 19, 13, {0, 11, 190}, {0, 12, 183}, {190, 62, 33}, 1},
        {"turned.jpg", 13, 19, {48, 203, 205}, {56, 184, 231}, {188, 51, 43}, 1},
        {"cmyk.jpg", 19, 13, {1, 1, 200}, {10, 1, 192}, {233, 23, 51}, 0},
        {"rgb.tif", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"lzw.tif", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"deflate.tif", 19, 13, {23, 23, 23}, {26, 26, 26}, {97, 97, 97}, 0},
        {"jpeg.tif", 19, 13, {1, 0, 199}, {10, 0, 192}, {233, 21, 51}, 1},
        {"cmyk.tif", 19, 13, {0, 0, 200}, {11, 1, 191}, {234, 36, 50}, 0},
        {"palette.tif", 19, 13, {0, 0, 204}, {0, 0, 204}, {204, 51, 51}, 0},
        {"float.tif", 19, 13, {22, 22, 22}, {25, 25, 25}, {96, 96, 96}, 1},
        {"gray16.tif", 5, 4, {250, 250, 250}, {250, 250, 250}, {250, 250, 250}, 0},
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
        if (is_not_read_here(cases[i].file, error))
            continue;
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
        {"cmyk-scans.jpg", 0, LEUKO_ERROR_FORMAT, "*jpeg: more than 200 scans"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(decode_prefix(cases[i].file, cases[i].n_cut, &error));
        if (is_not_read_here(cases[i].file, error))
            continue;
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

#if HAVE_VIPS
/* Our decoders give the very pixels that libvips gives, turned as the file asks. */
static void test_equals_vips(void)
{
    static const char *const files[] = {
        "rgb.jpg",
        "gray.jpg",
        "progressive.jpg",
        "turned.jpg",
        "png-color0-1bit.png",
        "png-color0-16bit-adam7.png",
        "png-color2-16bit.png",
        "png-color3-4bit-adam7.png",
        "png-color4-16bit-adam7.png",
        "png-color6-8bit.png",
        "png-trns-gray16.png",
        "png-trns-rgb8.png",
        "png-trns-palette-adam7.png",
        "png-palette-index-out.png",
        "png-exif6.png",
        "png-exif3-behind.png",
        "jpeg.tif",
        "tif-gray1.tif",
        "tif-gray4-big.tif",
        "tif-white-is-zero2.tif",
        "tif-white-is-zero16-big.tif",
        "tif-white-is-zero-alpha8.tif",
        "tif-palette4-big.tif",
        "tif-palette-tiles.tif",
        "tif-rgb16-big.tif",
        "tif-rgba8.tif",
        "tif-planes-alpha16.tif",
        "tif-tiles16-big.tif",
        "tif-bilevel-tiles.tif",
        "tif-bigtiff.tif",
        "tif-orientation2.tif",
        "tif-orientation3.tif",
        "tif-orientation4.tif",
        "tif-orientation5.tif",
        "tif-orientation6.tif",
        "tif-orientation7.tif",
        "tif-orientation8.tif",
        "tif-orientation9.tif",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree gchar *path = corpus_path(files[i]), *bytes = NULL;
        gsize n;
        g_test_message("%s", files[i]);
        g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        g_autoptr(LeukoImage) ours = leuko_image_decode(bytes, n, files[i], &error);
        g_assert_no_error(error);
        ImageFile file = {.bytes = (const guint8 *)bytes,
                          .n_bytes = n,
                          .name = files[i],
                          .format = leuko_image_sniff(bytes, n)};
        g_autoptr(LeukoImage) vips = image_vips_decode(&file, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(ours->width, ==, vips->width);
        g_assert_cmpuint(ours->height, ==, vips->height);
        g_assert_cmpint(memcmp(ours->pixels, vips->pixels, ours->row_bytes * ours->height), ==, 0);
    }
}
#endif

/* Each variant of BMP is read: the color 0xRRGGBB of its lower left pixel, which is 0xdac8 in files
 * of 16 bits, 0x91dac8 of 24, 0x5f91dac8 of 32, and the same bits from the left in palettes. */
static void test_bmp_variants(void)
{
    static const struct {
        const char *file;
        guint lower_left;
    } cases[] = {
        {"bmp-1bit.bmp", 0xe26c35},
        {"bmp-1bit-core.bmp", 0xe26c35},
        {"bmp-4bit-top.bmp", 0x8628b1},
        {"bmp-8bit-v5.bmp", 0x4d0922},
        {"bmp-16bit.bmp", 0xb5b542},
        {"bmp-24bit-core.bmp", 0x91dac8},
        {"bmp-24bit-os2.bmp", 0x91dac8},
        {"bmp-32bit-top.bmp", 0x91dac8},
        {"bmp-fields-565.bmp", 0xde5942},
        {"bmp-fields-rgbx.bmp", 0xc8da91},
        {"bmp-fields-high888.bmp", 0x5f91da},
        {"bmp-fields-101010.bmp", 0x7e1db2},
        {"bmp-fields-one.bmp", 0xffff00},
        {"bmp-fields-1555-v124.bmp", 0xb5b542},
        {"bmp-fields-4444-v124.bmp", 0xb5d398},
        {"bmp-fields-8888-v56.bmp", 0xd6f1eb},
        {"bmp-fields-8888-no-v108.bmp", 0x91dac8},
        {"bmp-alphafields.bmp", 0xd6f1eb},
        {"bmp-rle8.bmp", 0xe26c35},
        {"bmp-rle4.bmp", 0xe26c35},
        {"bmp-rle8-jump-out.bmp", 0xffffff},
        {"bmp-rle8-past-top.bmp", 0xe26c35},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].file);
        g_autoptr(LeukoImage) image = decode_prefix(cases[i].file, 0, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(image->width, ==, 13);
        g_assert_cmpuint(image->height, ==, 9);
        const guint8 *p = image->pixels + 8 * image->row_bytes;
        g_assert_cmphex((guint)(p[0] << 16 | p[1] << 8 | p[2]), ==, cases[i].lower_left);
    }
}

/* A header that lies is refused with the reason. */
static void test_bmp_refused(void)
{
    static const struct {
        const char *file, *reason;
    } cases[] = {
        {"bmp-2bit.bmp", "a number of bits per pixel other than 1, 4, 8, 16, 24 and 32"},
        {"bmp-8bit-more.bmp", "a palette with more colors than a pixel can name"},
        {"bmp-8bit-colors-vast.bmp", "a palette with more colors than a pixel can name"},
        {"bmp-compression4.bmp", "an unknown compression"},
        {"bmp-rle8-24bit.bmp", "a compression that does not go with the number of bits per pixel"},
        {"bmp-rle8-top.bmp", "run lengths in rows from the top"},
        {"bmp-fields-24bit.bmp", "bit fields in other than 16 or 32 bits"},
        {"bmp-fields-holes.bmp", "a bit field with gaps"},
        {"bmp-fields-none.bmp", "bit fields without colors"},
        {"bmp-width0.bmp", "a width or height that is not possible"},
        {"bmp-negative.bmp", "a width or height that is not possible"},
        {"bmp-header-16.bmp", "a header of unknown size"},
        {"bmp-offset-far.bmp", "the file ends before its last pixel"},
        {"bmp-long.bmp", "the file ends before its last pixel"},
        {"bmp-rle8-delta-cut.bmp", "the file ends before its last pixel"},
        {"bmp-rle8-literal-cut.bmp", "the file ends before its last pixel"},
        {"bmp-lowest.bmp", "too large: 13 x 2147483648 pixels"},
        {"bmp-square.bmp", "too large: 20000 x 20000 pixels"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(decode_prefix(cases[i].file, 0, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, cases[i].reason));
    }
}

/* A BMP whose alpha is 0 everywhere does not mean it: it is read as opaque. */
static void test_bmp_alpha_zero(void)
{
    g_autofree gchar *path = corpus_path("bmp-fields-8888-v56.bmp"), *bytes = NULL;
    gsize n;
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    gsize start = n - 13 * 9 * 4;
    for (gsize i = start + 3; i < n; i += 4)
        bytes[i] = 0;
    g_autoptr(LeukoImage) image = leuko_image_decode(bytes, n, "zero", NULL);
    for (guint c = 0; c < 3; c++)
        g_assert_cmpuint(image->pixels[8 * image->row_bytes + c], ==, (guint8)bytes[start + 2 - c]);
}

/* Orientations are found in both byte orders, and in no broken or strange block. */
static void test_exif_orientation(void)
{
    guint8 little[] = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
    guint8 big[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0";
    g_assert_cmpuint(image_exif_orientation(little, 28), ==, 6);
    g_assert_cmpuint(image_exif_orientation(big, 22), ==, 3);
    for (gsize n = 0; n < 22; n++)
        g_assert_cmpuint(image_exif_orientation(big, n), ==, 0);
    big[19] = 9;
    g_assert_cmpuint(image_exif_orientation(big, 22), ==, 0);
    big[19] = 3;
    big[13] = 4; /* not a u16 */
    g_assert_cmpuint(image_exif_orientation(big, 22), ==, 0);
    little[10] = 255; /* beyond the end */
    g_assert_cmpuint(image_exif_orientation(little, 28), ==, 0);
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
    g_assert_true(leuko_image_has_supported_name("IMG_0001.HEIC"));
    g_assert_true(leuko_image_has_supported_name("a.jfif"));
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
#if HAVE_VIPS
    g_test_add_func("/image/equals-vips", test_equals_vips);
#endif
    g_test_add_func("/image/bmp-variants", test_bmp_variants);
    g_test_add_func("/image/bmp-refused", test_bmp_refused);
    g_test_add_func("/image/bmp-alpha-zero", test_bmp_alpha_zero);
    g_test_add_func("/image/exif-orientation", test_exif_orientation);
    g_test_add_func("/image/threads", test_threads);
    g_test_add_func("/image/arguments", test_arguments);
    g_test_add_func("/image/names-and-sniff", test_names_and_sniff);
    return g_test_run();
}
