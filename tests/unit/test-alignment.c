#include "../golden/alignment-values.h"
#include "image/alignment.h"
#include "image/centered.h"
#include <math.h>
#include <string.h>

enum { SIDE = LEUKO_THUMBNAIL_SIDE, REACH = LEUKO_ALIGNMENT_REACH };

/* A disk with texture, as tests/golden/make-alignment.py makes it. */
static LeukoThumbnail disk(gint dy, gint dx, gint salt)
{
    LeukoThumbnail t;
    for (gint y = 0; y < SIDE; y++)
        for (gint x = 0; x < SIDE; x++) {
            gint v = y + dy, u = x + dx, product = ((v * u) % 37 + 37) % 37;
            gint sum = v * 73 + u * 151 + product * 29 + v * v % 23 * 17;
            gint noise = ((sum % 64 + 64) % 64) / 2;
            gint in = (v - 30) * (v - 30) + (u - 34) * (u - 34) < 400 ? 90 : 0;
            t.at[y][x] = (guint8)CLAMP(60 + in + noise + (y * 7 + x * 13 + salt) % 5, 0, 255);
        }
    return t;
}

static LeukoDetail detail(LeukoThumbnail t)
{
    LeukoDetail d;
    leuko_detail_of(&t, &d);
    return d;
}

/* Every correlation at whole pixels is OpenCV's, up to the rounding of 32-bit floats. */
static void test_opencv(void)
{
    const LeukoDetail a = detail(disk(0, 0, 0)), b = detail(disk(2, -1, 3));
    for (gint y = 0; y <= 2 * REACH; y++)
        for (gint x = 0; x <= 2 * REACH; x++)
            g_assert_cmpfloat_with_epsilon(leuko_detail_correlation(&a, &b, y - REACH, x - REACH),
                                           alignment_expected[y][x], 1e-4);
}

static LeukoLuma luma_of(LeukoThumbnail t)
{
    LeukoLuma luma;
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++)
            luma.at[y][x] = t.at[y][x];
    return luma;
}

/* The places and the hashes around them are those of OpenCV. */
static void test_centered(void)
{
    const LeukoLuma luma = luma_of(disk(0, 0, 0));
    LeukoCentered hashes;
    leuko_centered_of(&luma, &hashes);
    for (guint k = 0; k < LEUKO_CENTERED_HASHES; k++) {
        LeukoPhash expected;
        double y, x;
        leuko_centered_place(&luma, k, &y, &x);
        g_assert_cmpfloat_with_epsilon(y, centered_places[k][0], 0.01);
        g_assert_cmpfloat_with_epsilon(x, centered_places[k][1], 0.01);
        memcpy(expected.bits, centered_words[k], sizeof expected.bits);
        g_assert_cmpuint(leuko_phash_distance(&expected, &hashes.at[k]), <=, 3);
    }
}

/* The places move with a disk, and the hashes stay, also in another orientation and through
 * bytes. Another texture has other hashes. */
static void test_centered_shifts(void)
{
    const LeukoLuma a = luma_of(disk(0, 0, 0)), b = luma_of(disk(3, -2, 0)),
                    other = luma_of(disk(40, 300, 0));
    LeukoCentered hashes[3], read;
    guint8 bytes[LEUKO_CENTERED_BYTES];
    guint nearest = G_MAXUINT, nearest_other = G_MAXUINT;
    LeukoLuma turned;
    double y, x, moved_y, moved_x;
    leuko_centered_place(&a, 0, &y, &x);
    leuko_centered_place(&b, 0, &moved_y, &moved_x);
    g_assert_cmpfloat_with_epsilon(moved_y, y - 3, 0.3);
    g_assert_cmpfloat_with_epsilon(moved_x, x + 2, 0.3);
    for (guint i = 0; i < SIDE; i++)
        for (guint k = 0; k < SIDE; k++)
            turned.at[i][k] = b.at[k][SIDE - 1 - i];
    leuko_centered_of(&a, &hashes[0]);
    leuko_centered_of(&turned, &hashes[1]);
    leuko_centered_of(&other, &hashes[2]);
    leuko_centered_to_bytes(&hashes[1], bytes);
    leuko_centered_from_bytes(bytes, &read);
    for (guint k = 0; k < LEUKO_CENTERED_HASHES; k++) {
        nearest = MIN(nearest, leuko_phash_nearest(&hashes[0].at[k], &read.at[k]));
        nearest_other = MIN(nearest_other, leuko_phash_nearest(&hashes[0].at[k], &hashes[2].at[k]));
    }
    g_assert_cmpuint(nearest, <=, LEUKO_CENTERED_NEAR);
    g_assert_cmpuint(nearest_other, >, LEUKO_CENTERED_NEAR);
}

/* A copy in any orientation, shifted by pixels and half pixels, reaches the limit; another texture
 * in the same disk does not. */
static void test_align(void)
{
    const LeukoDetail a = detail(disk(0, 0, 0));
    for (guint o = 0; o < 8; o++) {
        LeukoThumbnail from = disk(3, -2, 1), to;
        for (guint y = 0; y < SIDE; y++)
            for (guint x = 0; x < SIDE; x++) {
                guint fy = o & 2 ? SIDE - 1 - y : y, fx = o & 1 ? SIDE - 1 - x : x;
                to.at[y][x] = o & 4 ? from.at[fx][fy] : from.at[fy][fx];
            }
        const LeukoDetail b = detail(to);
        g_assert_cmpfloat(leuko_detail_align(&a, &b, 2), >, LEUKO_ALIGNMENT_SAME);
    }
    const LeukoDetail other = detail(disk(40, 300, 0));
    g_assert_cmpfloat(leuko_detail_align(&a, &other, 2), <, LEUKO_ALIGNMENT_NEAR_SAME);
}

/* Constant images have no correlation, and no value is beyond 1. */
static void test_constant(void)
{
    LeukoThumbnail flat;
    for (guint i = 0; i < SIDE * SIDE; i++)
        (&flat.at[0][0])[i] = 7;
    const LeukoDetail a = detail(flat), b = detail(disk(0, 0, 0));
    g_assert_cmpfloat(leuko_detail_align(&a, &b, 2), ==, 0);
    g_assert_cmpfloat(leuko_detail_align(&a, &a, 2), ==, 0);
    g_assert_cmpfloat(leuko_detail_align(&b, &b, 2), <=, 1);
    g_assert_cmpfloat(leuko_detail_align(&b, &b, 2), >, 1 - 1e-9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alignment/opencv", test_opencv);
    g_test_add_func("/alignment/centered", test_centered);
    g_test_add_func("/alignment/centered-shifts", test_centered_shifts);
    g_test_add_func("/alignment/align", test_align);
    g_test_add_func("/alignment/constant", test_constant);
    return g_test_run();
}
