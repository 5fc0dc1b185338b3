/* What a file is that is not read. */
#include "image/content.h"
#include "leuko/error.h"
#include "leuko/image.h"
#include <string.h>

/* A file that no decoder reads is named, with what to do. */
static void test_named(void)
{
    static const struct {
        const char *bytes;
        gsize n;
        const char *message;
    } cases[] = {
        {"\0\0\0\x0cjP  \r\n\x87\n", 12, "*(a JPEG 2000 image; *; export it as PNG or TIFF"},
        {"\xff\x4f\xff\x51", 4, "*(a JPEG 2000 image; *"},
        {"\xff\x0a__", 4, "*(a JPEG XL image; *"},
        {"\x02\0\0\0UL\4\0", 8, "*(a DICOM file; *; export it as PNG or TIFF"},
        {"ZISRAWFILE", 10, "*(a Zeiss CZI file; *"},
        {"%PDF-1.7", 8, "*(a PDF document; *"},
        {"PK\3\4....word/document.xml", 25, "*(an office document; *; the name of the file is *"},
        {"PK\3\4....a.jpg", 13, "*(a ZIP archive; *; unpack it first"},
        {"\0\0\0\x18"
         "ftypisom\0\0\0\0",
         16, "*(a video; *"},
        {"IIRO\x08\0\0\0", 8, "*(a raw image of a camera; *; export it as PNG or TIFF"},
        {"IIRS\x08\0\0\0", 8, "*(a raw image of a camera; *"},
        {"MMOR\0\0\0\x08", 8, "*(a raw image of a camera; *"},
        {"IIU\0\x18\0\0\0", 8, "*(a raw image of a camera; *"},
        {"II\x1a\0\0\0HEAPCCDR", 14, "*(a raw image of a camera; *"},
        {"FUJIFILMCCD-RAW 0201", 20, "*(a raw image of a camera; *"},
        {"FOVb\0\0\0\0", 8, "*(a raw image of a camera; *"},
        {"\0\0\0\x18"
         "ftypcrx \0\0\0\0",
         16, "*(a raw image of a camera; *"},
        {"\0\0\0\x0cJXL \r\n\x87\n", 12, "*(a JPEG XL image; *"},
        {"II\xbc\1 \0\0\0", 8, "*(a JPEG XR image; *"},
        {"\xda\xce\xbe\x0a\0\0\0\0", 8,
         "*(a Nikon ND2 file; *; export fields of it as PNG or TIFF"},
        {"\x70\0\0\0\x10\0\0\0\x2a\5\0\0\0<\0L\0", 17, "*(a Leica LIF file; *"},
        {"SIS\0@\0\0\0", 8, "*(a file of an Olympus VSI slide; *"},
        {"8BPS\0\1", 6, "*(a Photoshop image; *"},
        {"P6 4 4 255 ............", 23, "*(a Netpbm image; *"},
        {"P5\n# a comment\n4 4\n255\n", 23, "*(a Netpbm image; *"},
        {"P7\nWIDTH 4\nHEIGHT 4\n", 20, "*(a Netpbm image; *"},
        {"P6 is a word of text", 20, "*(text; *"},
        /* DICOM without its preamble: explicit, implicit, explicit with the head of a file */
        {"\x08\0\x05\0CS\x0a\0ISO_IR 100\x08\0\x16\0UI\2\0"
         "1\0.........",
         40, "*(a DICOM file; *"},
        {"\x08\0\0\0\4\0\0\0\x80\0\0\0\x08\0\x05\0\x0a\0\0\0ISO_IR 100", 30, "*(a DICOM file; *"},
        {"\x08\0\x08\0CS\x10\0ORIGINAL\\PRIMARY\x08\0\x12\0DA\x08\0"
         "20200101",
         40, "*(a DICOM file; *"},
        {"\2\0\0\0UL\4\0\xc2\0\0\0\2\0\1\0OB\0\0\2\0\0\0\0\1", 26, "*(a DICOM file; *"},
        {"\x08\0\x05\0 ordinary bytes that follow", 30, "*(unknown bytes; *"},
        {"\x08\0\x05\0CS\xff\xff unknown bytes behind", 30, "*(unknown bytes; *"},
        {"<svg></svg>", 11, "*(an SVG drawing; *"},
        {"\n<!DOCTYPE HTML>", 16, "*(a web page; *; download or copy it again"},
        {"version https://git-lfs.github.com", 34, "*(a Git LFS pointer, not the file; *"},
        {"\0\0\0\0\0", 5, "*(nothing but zeros; *"},
        {"\1\2\3", 3, "*(unknown bytes; supported: JPEG, *AVIF)"},
        {"hello", 5, "*(text; supported: JPEG, *AVIF)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(leuko_image_decode(cases[i].bytes, cases[i].n, "x.jpg", &error));
        g_test_message("%s", error->message);
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
        g_assert_true(g_pattern_match_simple(cases[i].message, error->message));
    }
    guint8 dicom[140] = {0};
    memcpy(dicom + 128, "DICM", 4);
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_image_decode(dicom, sizeof dicom, "x", &error));
    g_assert_nonnull(strstr(error->message, "a DICOM file"));
}

/* The endings of foreign formats are known in any case, others are not. */
static void test_endings(void)
{
    static const char *const known[][2] = {
        {"dcm", "a DICOM file"},         {"DCM", "a DICOM file"},
        {"jp2", "a JPEG 2000 image"},    {"svs", "an Aperio SVS slide"},
        {"ndpi", "a Hamamatsu slide"},   {"mrxs", "a MIRAX slide"},
        {"vsi", "an Olympus VSI slide"}, {"cr2", "a raw image of a camera"}};
    static const char *const others[] = {"", "jpg", "tif", "png", "r2", " ", "dcm dicom", "csv"};
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        ImageContent content = image_content_by_ending(known[i][0]);
        g_assert_cmpstr(content.what, ==, known[i][1]);
        g_assert_true(content.is_image && g_str_has_prefix(content.advice, "export "));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_null(image_content_by_ending(others[i]).what);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/content/named", test_named);
    g_test_add_func("/content/endings", test_endings);
    return g_test_run();
}
