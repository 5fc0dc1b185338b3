#include "image/color-transfer.h"
#include "image/preprocess.h"
#include <math.h>
#include <string.h>

enum { W = 5, H = 6 };

/* As tests/golden/make-color-values.py, which made the values below. */
static LeukoImage *draw(int shift)
{
    LeukoImage *image = leuko_image_new(W, H, NULL);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            guint8 *p = image->pixels + (gsize)y * image->row_bytes + (gsize)x * 3;
            p[0] = (guint8)CLAMP(90 + 13 * x + 7 * y + shift, 0, 255);
            p[1] = (guint8)CLAMP(60 + 9 * x + 11 * y, 0, 255);
            p[2] = (guint8)CLAMP(120 + 5 * x + 17 * y - shift, 0, 255);
        }
    return image;
}

static LeukoColorReference reference_of(const LeukoImage *image)
{
    LeukoColorMoments m;
    g_assert_true(leuko_color_measure(image, &m));
    return leuko_color_reference_of(&m, 1);
}

/* Means and standard deviations are those of numpy. */
static void test_measure_equals_numpy(void)
{
    static const double mean[3] = {3.6591492, -0.11519583, 0.00738952},
                        sd[3] = {0.14032829, 0.02642788, 0.00602253};
    g_autoptr(LeukoImage) image = draw(0);
    LeukoColorReference r = reference_of(image);
    g_assert_cmpuint(r.n_images, ==, 1);
    for (guint c = 0; c < 3; c++) {
        g_assert_cmpfloat_with_epsilon(r.mean[c], mean[c], 1e-5);
        g_assert_cmpfloat_with_epsilon(r.sd[c], sd[c], 1e-5);
    }
}

static void to_planes(const LeukoImage *image, float *x)
{
    for (gsize i = 0; i < W * H; i++)
        for (gsize c = 0; c < 3; c++)
            x[c * W * H + i] =
                (float)image->pixels[i / W * image->row_bytes + i % W * 3 + c] / 127.5f - 1;
}

/* Changed pixels are those of numpy; a change to the own colors changes nothing. */
static void test_apply_equals_numpy(void)
{
    static const struct {
        gsize pixel;
        float rgb[3];
    } wanted[] = {{0, {110.01026758f, 58.60584274f, 98.65679519f}},
                  {14, {194.43743122f, 117.29244552f, 141.62643885f}},
                  {W * H - 1, {218.98132639f, 153.19453171f, 184.50953957f}}};
    g_autoptr(LeukoImage) image = draw(0), other = draw(30);
    LeukoColorReference from = reference_of(image), to = reference_of(other);
    LeukoColorTransfer t = leuko_color_transfer_between(&from, &to),
                       none = leuko_color_transfer_between(&from, &from);
    float x[3 * W * H], same[3 * W * H];
    to_planes(image, x);
    memcpy(same, x, sizeof x);
    leuko_color_transfer_apply(&none, same, W * H);
    for (gsize i = 0; i < 3 * W * H; i++)
        g_assert_cmpfloat_with_epsilon(same[i], x[i], 1e-4);
    leuko_color_transfer_apply(&t, x, W * H);
    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        for (gsize c = 0; c < 3; c++)
            g_assert_cmpfloat_with_epsilon((x[c * W * H + wanted[i].pixel] + 1) * 127.5f,
                                           wanted[i].rgb[c], 0.02);
}

/* Masked-out pixels are neither measured nor changed. */
static void test_black_stays(void)
{
    g_autoptr(LeukoImage) image = draw(0);
    LeukoColorReference whole = reference_of(image);
    memset(image->pixels, 3, 3); /* the first pixel */
    LeukoColorReference part = reference_of(image);
    g_assert_cmpfloat(fabs(part.mean[0] - whole.mean[0]), <, 0.05);
    LeukoColorTransfer t = {TRUE, {1, 1, 1}, {0.3, 0, 0}};
    float x[3 * W * H];
    to_planes(image, x);
    float before = x[0], next = x[1];
    leuko_color_transfer_apply(&t, x, W * H);
    g_assert_cmpfloat(x[0], ==, before);
    g_assert_cmpfloat(x[1], >, next);
    memset(image->pixels, 0, image->row_bytes * H);
    LeukoColorMoments m;
    g_assert_false(leuko_color_measure(image, &m));
}

/* The change is a part of the one preprocessing. */
static void test_preprocessing_changes_colors(void)
{
    g_autoptr(LeukoImage) image = draw(0);
    LeukoPreprocess p = leuko_preprocess_default(75);
    g_autofree float *plain = g_new(float, 3 * 75 * 75), *changed = g_new(float, 3 * 75 * 75);
    g_assert_true(leuko_preprocess_apply(&p, image, plain, NULL));
    p.color = (LeukoColorTransfer){TRUE, {1, 1, 1}, {0.1, 0, 0}};
    g_assert_true(leuko_preprocess_apply(&p, image, changed, NULL));
    leuko_color_transfer_apply(&p.color, plain, 75 * 75);
    g_assert_cmpint(memcmp(plain, changed, 3 * 75 * 75 * sizeof(float)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/color-transfer/measure/equals-numpy", test_measure_equals_numpy);
    g_test_add_func("/color-transfer/apply/equals-numpy", test_apply_equals_numpy);
    g_test_add_func("/color-transfer/black-stays", test_black_stays);
    g_test_add_func("/color-transfer/preprocessing", test_preprocessing_changes_colors);
    return g_test_run();
}
