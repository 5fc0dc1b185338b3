#include "image/hevc-sps.h"
#include <string.h>

/* The set of a HEIC of 64 x 64 pixels by x265 (tests/fuzz/corpus/image/heic-420.heic). */
static const guint8 sound[] = {0x42, 0x01, 0x01, 0x03, 0x70, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00,
                               0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e, 0xa0, 0x20, 0x81, 0x05,
                               0x96, 0xea, 0xe4, 0xa6, 0xb9, 0xb8, 0x08, 0x68, 0x30, 0x20, 0x00,
                               0x00, 0x03, 0x03, 0x20, 0x00, 0x00, 0x03, 0x00, 0x21};

/* A sound set has no fault; a changed bit of its sizes breaks the standard. For most of these
 * libde265 prints "SPS error". */
static void test_faults(void)
{
    static const struct {
        guint byte, bit;
        const char *fault; /* NULL: none */
    } cases[] = {
        {0, 0, NULL}, /* another kind */
        {20, 7, "63 x 64 pixels in coding blocks of 2^3"},
        {21, 2, "64 x 63 pixels in coding blocks of 2^3"},
        {20, 4, "51-bit samples (at most 16 are possible)"},
        {21, 1, "transform blocks of 2^4 to 2^5 in coding blocks of 2^3 to 2^4"},
        {24, 0, "transform blocks of 2^2 to 2^6 in coding blocks of 2^3 to 2^5"},
        {23, 7, "transform blocks of 2^2 to 2^5 in coding blocks of 2^3 to 2^3"},
        {24, 3, "transform depth 5 in blocks of 2^2 to 2^5"},
    };
    g_assert_null(image_hevc_sps_fault(sound, sizeof sound));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 set[sizeof sound];
        memcpy(set, sound, sizeof set);
        set[cases[i].byte] ^= (guint8)(cases[i].byte > 0 ? 1 << cases[i].bit : 2);
        g_autofree gchar *fault = image_hevc_sps_fault(set, sizeof set);
        g_assert_cmpstr(fault, ==, cases[i].fault);
    }
}

/* A set that is cut has no fault, and nothing behind its end is read. */
static void test_cut(void)
{
    enum { TOLD = 25 }; /* bytes with all sizes */
    for (gsize n = 0; n < TOLD; n++) {
        g_autofree guint8 *own = g_memdup2(sound, n); /* a sanitizer sees its end */
        g_assert_null(image_hevc_sps_fault(own, n));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hevc-sps/faults", test_faults);
    g_test_add_func("/hevc-sps/cut", test_cut);
    return g_test_run();
}
