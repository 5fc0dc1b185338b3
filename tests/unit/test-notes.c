/* What a person is told of a file beside its pixels: color profiles that are not applied, frames
 * that are not used. The files are written by tests/fuzz/make-note-corpus.py. */
#include "config.h"
#include "image/icc.h"
#include "leuko/image.h"
#include <string.h>

#define BROKEN  "a broken color profile, not applied"
#define OTHER   "a color profile other than sRGB, not applied"
#define ADOBE   "the color profile Adobe RGB, not applied"
#define P3      "the color profile Display P3, not applied"
#define NUMBERS "the color primaries Rec. 2020, not applied; the transfer function PQ, not applied"

typedef struct {
    const char *file, *color, *pages;
} Case;

static const Case plain[] = {
    {"srgb.png", "", ""},
    {"adobe.png", ADOBE, ""},
    {"p3.png", P3, ""},
    {"scanner.png", OTHER, ""},
    {"gray.png", "", ""},
    {"deep.png", P3, ""}, /* 20 MB of profile in 20 KB */
    {"cut.png", ADOBE, ""},
    {"short.png", BROKEN, ""},
    {"noise.png", BROKEN, ""},
    {"unnamed.png", BROKEN, ""},
    {"numbers.png", NUMBERS, ""},
    {"numbers-srgb.png", "", ""},
    {"icc-first.png", ADOBE, ""},
    {"adobe.jpg", ADOBE, ""},
    {"adobe.tif", ADOBE, ""},
    {"adobe.bmp", ADOBE, ""},
    {"srgb.bmp", "", ""},
    {"far.bmp", BROKEN, ""},
    {"frames.png", "", "frames not used: 3 of 4"},
    {NULL},
};

#if HAVE_VIPS
static const Case by_vips[] = {
    {"srgb.webp", "", ""},
    {"p3.webp", P3, ""},
    {"scanner.webp", OTHER, ""},
    {"frame.gif", "", ""},
    {"two.gif", "", "frames not used: 1 of 2"},
    {"frames.gif", "", "frames not used: 3 of 4"},
    {"frames.webp", "", "frames not used: 3 of 4"},
    {NULL},
};
#endif

#if HAVE_HEIF
static const Case by_heif[] = {
    {"adobe.avif", ADOBE, ""},
    {"frames.avif", "", "frames not used: 3 of 4"},
    {NULL},
};
#endif

static void test_cases(gconstpointer data)
{
    for (const Case *c = data; c->file; c++) {
        g_autoptr(GError) error = NULL;
        LeukoImageNotes notes;
        gsize n;
        g_autofree gchar *bytes = NULL, *name = g_strconcat("note-", c->file, NULL);
        g_autofree gchar *path =
            g_build_filename(g_getenv("LEUKO_TEST_DATA"), "fuzz", "corpus", "image", name, NULL);
        g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
        g_autoptr(LeukoImage) image = leuko_image_decode_noted(bytes, n, name, &notes, &error);
        g_test_message("%s", name);
        g_assert_no_error(error);
        g_assert_cmpuint(image->width, ==, 8);
        g_assert_cmpuint(image->height, ==, 6);
        g_assert_cmpstr(notes.color, ==, c->color);
        g_assert_cmpstr(notes.pages, ==, c->pages);
    }
}

/* Numbers of a color space other than sRGB are noted by the name of the space. */
static void test_numbers(void)
{
    static const struct {
        guint primaries, transfer;
        const char *note;
    } cases[] = {{1, 1, ""},
                 {1, 13, ""},
                 {2, 2, ""},
                 {12, 13, "the color primaries Display P3, not applied"},
                 {11, 1, "the color primaries DCI-P3, not applied"},
                 {6, 6, "the color primaries of a space other than sRGB, not applied"},
                 {9, 18,
                  "the color primaries Rec. 2020, not applied; the transfer function HLG, not "
                  "applied"},
                 {1, 8, "the transfer function of linear light, not applied"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        ImageFile file = {.name = "x"};
        image_icc_note_numbers(&file, cases[i].primaries, cases[i].transfer);
        g_assert_cmpstr(file.notes.color, ==, cases[i].note);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/notes/own-decoders", plain, test_cases);
#if HAVE_VIPS
    g_test_add_data_func("/notes/vips", by_vips, test_cases);
#endif
#if HAVE_HEIF
    g_test_add_data_func("/notes/heif", by_heif, test_cases);
#endif
    g_test_add_func("/notes/numbers", test_numbers);
    return g_test_run();
}
