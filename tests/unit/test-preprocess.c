#include "formula.h"
#include "image/preprocess.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

/* tests/golden/make-preprocess-values.py: Pillow's float resize, and TF 1's written out. The points
 * are (0, 0) red, (S-1, S-1) blue, (S/2, S/3) green, (7, S-2) red, (S-3, 11) blue; then the mean of
 * the absolute values. */
static const struct {
    guint width, height;
    LeukoPreprocess preprocess;
    double points[5], mean_abs;
} golden[] = {
    {360,
     363,
     {299, 1, TRUE},
     {-0.9651443, -0.2595679, 0.0573566, 0.2209002, 0.5488213},
     0.3096094},
    {80, 75, {299, 1, TRUE}, {-1.0000000, 0.7568628, 0.0879140, -0.3721031, -0.2786916}, 0.4446087},
    {1000,
     601,
     {75, 0.9, TRUE},
     {0.0584356, -0.0059876, 0.0098846, 0.0019065, 0.0055188},
     0.0113990},
    {1, 1, {75, 1, TRUE}, {-1.0000000, -0.2156863, -0.6078432, -1.0000000, -0.2156863}, 0.6078432},
    {3,
     500,
     {150, 1, TRUE},
     {-0.8479229, -0.0262546, -0.0642306, -0.3260844, -0.3307580},
     0.3422211},
    {360,
     363,
     {299, 0.875, FALSE},
     {-0.8117647, -0.2918328, 0.5040462, -0.1724813, -0.3257401},
     0.3574712},
    {80,
     75,
     {299, 0.875, FALSE},
     {-0.2862745, -0.9686275, 0.3767345, 0.2576562, 0.1378845},
     0.4451099},
    {1,
     2,
     {75, 0.875, FALSE},
     {-1.0000000, -0.1137255, -0.5072418, -0.9809673, -0.1137255},
     0.5320568},
};

/* Both kinds agree with the other implementations within 1e-5 (float sums of at most 27 products
 * there and here; one gray level is 7.8e-3). */
static void test_golden(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(LeukoImage) image = formula_image(golden[i].width, golden[i].height);
        guint s = golden[i].preprocess.side_px;
        g_autofree float *x_chw = g_new(float, 3 * (gsize)s * s);
        g_assert_true(leuko_preprocess_apply(&golden[i].preprocess, image, x_chw, &error));
        const guint at[5][3] = {
            {0, 0, 0}, {s - 1, s - 1, 2}, {s / 2, s / 3, 1}, {7, s - 2, 0}, {s - 3, 11, 2}};
        for (int k = 0; k < 5; k++)
            g_assert_cmpfloat_with_epsilon(x_chw[(at[k][2] * s + at[k][0]) * s + at[k][1]],
                                           golden[i].points[k], 1e-5);
        double sum = 0;
        for (gsize k = 0; k < 3 * (gsize)s * s; k++)
            sum += fabsf(x_chw[k]);
        g_assert_cmpfloat_with_epsilon(sum / (3.0 * s * s), golden[i].mean_abs, 1e-5);
    }
}

/* The whole image against the filter written out in double, pixel by pixel, at odd sizes. */
static void test_reference(void)
{
    static const guint sizes[][2] = {{75, 75}, {76, 74}, {77, 301}, {2, 149}, {150, 1}, {613, 97}};
    enum { S = 75 };
    static float x_chw[3 * S * S];
    LeukoPreprocess preprocess = leuko_preprocess_default(S);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        guint w = sizes[i][0], h = sizes[i][1];
        g_autoptr(LeukoImage) image = formula_image(w, h);
        g_assert_true(leuko_preprocess_apply(&preprocess, image, x_chw, NULL));
        double sx = (double)w / S, sy = (double)h / S, rx = MAX(sx, 1), ry = MAX(sy, 1);
        for (guint y = 0; y < S; y += 7)
            for (guint x = 0; x < S; x++) {
                double sum = 0, total = 0;
                for (guint v = 0; v < h; v++)
                    for (guint u = 0; u < w; u++) {
                        double a = MAX(1 - fabs((u + 0.5 - (x + 0.5) * sx) / rx), 0);
                        double b = MAX(1 - fabs((v + 0.5 - (y + 0.5) * sy) / ry), 0);
                        sum += a * b * image->pixels[v * image->row_bytes + u * 3 + 1];
                        total += a * b;
                    }
                g_assert_cmpfloat_with_epsilon(x_chw[(S + y) * S + x], sum / total / 127.5 - 1,
                                               1e-5);
            }
    }
}

/* Rows may be padded; what is behind them is not read, and nothing is written behind the output. */
static void test_padding(void)
{
    enum { S = 75, GUARD = 16 };
    g_autoptr(LeukoImage) image = formula_image(90, 80);
    g_autoptr(LeukoImage) same = leuko_image_copy(image, NULL);
    LeukoImage left = {60, 80, image->row_bytes, image->pixels};
    LeukoImage left_again = {60, 80, same->row_bytes, same->pixels};
    for (guint y = 0; y < 80; y++)
        memset(same->pixels + y * same->row_bytes + 180, 0xee, 90);
    g_autofree float *a = g_new(float, 3 * S * S + GUARD), *b = g_new(float, 3 * S * S + GUARD);
    memset(b + 3 * S * S, 0x5a, GUARD * sizeof(float));
    LeukoPreprocess preprocess = leuko_preprocess_default(S);
    g_assert_true(leuko_preprocess_apply(&preprocess, &left, a, NULL));
    g_assert_true(leuko_preprocess_apply(&preprocess, &left_again, b, NULL));
    g_assert_cmpint(memcmp(a, b, 3 * S * S * sizeof(float)), ==, 0);
    for (gsize i = 0; i < GUARD * sizeof(float); i++)
        g_assert_cmpint(((guint8 *)(b + 3 * S * S))[i], ==, 0x5a);
}

/* Fields out of range are refused. */
static void test_refuses(void)
{
    static const LeukoPreprocess bad[] = {
        {74, 1, TRUE}, {1025, 1, TRUE}, {299, 0, TRUE}, {299, 1.01, FALSE}, {299, NAN, FALSE}};
    g_autoptr(LeukoImage) image = formula_image(5, 5);
    float x_chw[1];
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(leuko_preprocess_apply(&bad[i], image, x_chw, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

/* The resize for files is the same filter, rounded to the nearest byte. */
static void test_resize(void)
{
    enum { S = 120 };
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = formula_image(200, 150);
    g_autoptr(LeukoImage) small = leuko_image_resize(image, S, S, &error);
    g_assert_no_error(error);
    g_autofree float *x_chw = g_new(float, 3 * S * S);
    LeukoPreprocess preprocess = leuko_preprocess_default(S);
    g_assert_true(leuko_preprocess_apply(&preprocess, image, x_chw, NULL));
    for (guint i = 0; i < S * S; i++)
        for (guint c = 0; c < 3; c++)
            g_assert_cmpfloat_with_epsilon(small->pixels[i * 3 + c],
                                           (x_chw[c * S * S + i] + 1) * 127.5, 0.5 + 1e-3);
    g_assert_null(leuko_image_resize(image, 0, 5, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preprocess/golden", test_golden);
    g_test_add_func("/preprocess/reference", test_reference);
    g_test_add_func("/preprocess/padding", test_padding);
    g_test_add_func("/preprocess/refuses", test_refuses);
    g_test_add_func("/preprocess/resize", test_resize);
    return g_test_run();
}
