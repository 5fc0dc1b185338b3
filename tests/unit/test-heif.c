/* HEIC and AVIF. Their pixels: tests/golden/test-decoded.c. */
#include "config.h"
#include "image/icc.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <string.h>

static gchar *read_corpus(const char *name, gsize *n)
{
    gchar *bytes = NULL;
    g_autofree gchar *path =
        g_build_filename(g_getenv("LEUKO_TEST_DATA"), "fuzz", "corpus", "image", name, NULL);
    g_assert_true(g_file_get_contents(path, &bytes, n, NULL));
    return bytes;
}

#if HAVE_HEIF
/* Broken files and files beyond the limits are refused with the reason; nothing is allocated for a
 * size that only the file states. */
static void test_refused(void)
{
    static const struct {
        const char *file;
        LeukoErrorCode code;
        const char *message;
    } cases[] = {
        {"heic-cut.heic", LEUKO_ERROR_FORMAT, "heic-cut.heic: broken or truncated heic: *"},
        {"heic-head.heic", LEUKO_ERROR_FORMAT, "*: broken or truncated heic: *"},
        {"heic-no-item.heic", LEUKO_ERROR_FORMAT, "*: broken or truncated heic: *"},
        /* libheif 1.15: "its pixels are not as many as it states"; 1.19 finds it itself */
        {"heic-lies.heic", LEUKO_ERROR_FORMAT, "*: broken or truncated heic: *"},
        {"heic-sps-size.heic", LEUKO_ERROR_FORMAT,
         "*: broken or truncated heic: not HEVC: 63 x 64 pixels in coding blocks of 2^3"},
        {"avif-cut.avif", LEUKO_ERROR_FORMAT, "*: broken or truncated avif: *"},
        {"heic-bomb.heic", LEUKO_ERROR_UNSUPPORTED, "*: too large: *"},
        {"heic-area.heic", LEUKO_ERROR_UNSUPPORTED, "*: too large: *"},
        {"heic-grid-bomb.heic", LEUKO_ERROR_UNSUPPORTED, "*: too large: *"},
    };
    /* libheif 1.19 counts the tiles before it looks at the size */
    const char *missing = "heic-grid-bomb.heic: broken or truncated heic: *Missing grid images*";
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        gsize n;
        g_autofree gchar *bytes = read_corpus(cases[i].file, &n);
        g_assert_null(leuko_image_decode(bytes, n, cases[i].file, &error));
        g_test_message("%s", error->message);
        g_assert_null(strchr(error->message, '\n'));
        if (g_pattern_match_simple(missing, error->message))
            continue;
        g_assert_error(error, LEUKO_ERROR, (int)cases[i].code);
        g_assert_true(g_pattern_match_simple(cases[i].message, error->message));
    }
}

/* A file cut at any length gives no image. */
static void test_cut_anywhere(void)
{
    static const char *const files[] = {"heic-grid.heic", "heic-alpha.heic", "avif-420.avif"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        gsize n;
        g_autofree gchar *bytes = read_corpus(files[i], &n);
        for (gsize cut = 0; cut < n; cut += 1 + cut / 30) {
            g_autoptr(GError) error = NULL;
            g_autoptr(LeukoImage) image = leuko_image_decode(bytes, cut, files[i], &error);
            if (image)
                g_error("%s cut to %zu of %zu bytes was read", files[i], cut, n);
            g_assert_nonnull(error);
        }
    }
}

/* More images than one, and more bits than 8, are noted. Of a plain image there is no note. */
static void test_notes(void)
{
    static const struct {
        const char *file, *pages, *samples;
    } cases[] = {{"heic-two.heic", "images not used: 1 of 2", ""},
                 {"heic-10bit.heic", "", "10-bit samples"},
                 {"heic-grid.heic", "", ""},
                 {"heic-420.heic", "", ""}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        LeukoImageNotes notes;
        gsize n;
        g_autofree gchar *bytes = read_corpus(cases[i].file, &n);
        g_autoptr(LeukoImage) image =
            leuko_image_decode_noted(bytes, n, cases[i].file, &notes, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(notes.pages, ==, cases[i].pages);
        g_assert_cmpstr(notes.samples, ==, cases[i].samples);
    }
}
#endif

/* The brands in the first box tell HEIC and AVIF from each other and from other files. */
static void test_sniff(void)
{
    static const struct {
        const char *head, *format;
    } cases[] = {
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0mif1heic",
         "heic"},
        {"\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1avif",
         "avif"},
        {"\0\0\0\x18"
         "ftypavis\0\0\0\0msf1miaf",
         "avif"},
        {"\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1miaf",
         "heic"},
        {"\0\0\0\x18"
         "ftypisom\0\0\0\0isomiso2",
         NULL}, /* a video */
        {"\0\0\0\x14"
         "ftypqt  \0\0\0\0qt  heic",
         NULL}, /* the last brand is behind the box */
        {"\0\0\0\x18"
         "ftypcrx \0\0\0\0crx isom",
         NULL}, /* a raw image */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpstr(leuko_image_sniff(cases[i].head, 24), ==, cases[i].format);
    for (gsize n = 0; n < 12; n++)
        g_assert_null(leuko_image_sniff(cases[0].head, n));
}

/* A color profile that is not sRGB is noted: by its name, if it has a usual one. */
static void test_profiles(void)
{
    static const struct {
        const char *space, *description, *note;
    } cases[] = {{"RGB ", "sRGB IEC61966-2.1", ""},
                 {"RGB ", "\0s\0R\0G\0B", ""},
                 {"RGB ", "Adobe RGB (1998)", "the color profile Adobe RGB, not applied"},
                 {"RGB ", "my scanner", "a color profile other than sRGB, not applied"},
                 {"CMYK", "US Web Coated", "a CMYK color profile, not applied"},
                 {"GRAY", "Dot Gain 20%", ""}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 profile[200] = {0};
        ImageFile file = {.name = "x"};
        memcpy(profile + 16, cases[i].space, 4);
        memcpy(profile + 36, "acsp", 4);
        memcpy(profile + 140, cases[i].description, i == 1 ? 8 : strlen(cases[i].description));
        image_icc_note(&file, profile, sizeof profile);
        g_assert_cmpstr(file.notes.color, ==, cases[i].note);
    }
    gsize n;
    LeukoImageNotes notes;
    g_autofree gchar *bytes = read_corpus("cmyk-profile.jpg", &n);
    g_autoptr(LeukoImage) image = leuko_image_decode_noted(bytes, n, "x", &notes, NULL);
    g_assert_nonnull(image);
    g_assert_cmpstr(notes.color, ==, "a CMYK color profile, not applied");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/heif/sniff", test_sniff);
    g_test_add_func("/heif/profiles", test_profiles);
#if HAVE_HEIF
    g_test_add_func("/heif/refused", test_refused);
    g_test_add_func("/heif/cut-anywhere", test_cut_anywhere);
    g_test_add_func("/heif/notes", test_notes);
#endif
    return g_test_run();
}
