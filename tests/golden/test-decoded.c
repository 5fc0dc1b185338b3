/* Each corpus file FILE with a tests/golden/decoded/FILE.png has those pixels, which another reader
 * gave (tests/fuzz/make-heif-corpus.py, make-avif-corpus.py, make-cmyk-corpus.py). */
#include "config.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <string.h>

/* Gray levels, by the first prefix that fits. */
static const struct {
    const char *prefix;
    int levels;
} tolerances[] = {{"avif-gray-", 1},
                  {"avif-444-", 3}, /* in limited range and above 8 bits */
                  {"avif-", 4},     /* libavif interpolates chroma, libheif repeats it */
                  {"", 1}};

static int tolerance_of(const char *file)
{
    gsize i = 0;
    while (!g_str_has_prefix(file, tolerances[i].prefix))
        i++;
    return tolerances[i].levels;
}

static LeukoImage *load(const char *folder, const char *file, GError **error)
{
    g_autofree gchar *path = g_build_filename(g_getenv("LEUKO_TEST_DATA"), folder, file, NULL);
    return leuko_image_load(path, error);
}

/* TRUE if this build has no decoder for the file. The error then names the format. */
static gboolean is_not_read_here(const char *file, const GError *error)
{
#if HAVE_HEIF
    (void)file, (void)error;
    return FALSE;
#else
    const char *says =
        g_str_has_suffix(file, ".avif")   ? "AVIF image: this build has no AVIF decoder"
        : g_str_has_suffix(file, ".heic") ? "HEIC image: this build has no HEIC decoder"
                                          : NULL;
    if (says) {
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, says));
    }
    return says != NULL;
#endif
}

static void compare(const char *file)
{
    g_autoptr(GError) error = NULL;
    g_test_message("%s", file);
    g_autofree gchar *png = g_strconcat(file, ".png", NULL);
    g_autoptr(LeukoImage) expected = load("golden/decoded", png, &error);
    g_assert_no_error(error);
    g_autoptr(LeukoImage) image = load("fuzz/corpus/image", file, &error);
    if (is_not_read_here(file, error))
        return;
    g_assert_no_error(error);
    g_assert_cmpuint(image->width, ==, expected->width);
    g_assert_cmpuint(image->height, ==, expected->height);
    int most = 0;
    for (gsize i = 0; i < image->row_bytes * image->height; i++)
        most = MAX(most, ABS(image->pixels[i] - expected->pixels[i]));
    g_test_message("differs by %d", most);
    g_assert_cmpint(most, <=, tolerance_of(file));
}

static void test_all(void)
{
    g_autofree gchar *folder =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "golden", "decoded", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint n = 0;
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_assert_true(g_str_has_suffix(name, ".png"));
        g_autofree gchar *file = g_strndup(name, strlen(name) - 4);
        compare(file);
        n++;
    }
    g_assert_cmpuint(n, >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/decoded", test_all);
    return g_test_run();
}
