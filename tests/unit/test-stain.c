#include "image/stain.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

static const double known[2][3] = {{0.65, 0.70, 0.29}, {0.27, 0.93, 0.25}};

/* Concentrations of two stains by formula, seen through `axes`: make-stain-values.py's image. */
static LeukoImage *stained(const double axes[2][3], double gain_a, double gain_b)
{
    enum { W = 60, H = 50 };
    LeukoImage *image = leuko_image_new(W, H, NULL);
    for (guint y = 0; y < H; y++)
        for (guint x = 0; x < W; x++)
            for (guint c = 0; c < 3; c++) {
                double a = gain_a * ((x * 7 + y * 13) % 50) / 25.0, d = 0;
                double b = gain_b * ((x * 11 + y * 5) % 40) / 20.0;
                for (guint s = 0; s < 2; s++) {
                    const double *v = axes[s];
                    double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
                    d += (s == 0 ? a : b) * v[c] / length;
                }
                image->pixels[y * image->row_bytes + x * 3 + c] =
                    (guint8)CLAMP(256 * exp(-d) - 0.5, 0, 255);
            }
    return image;
}

static gboolean measure(const LeukoImage *image, LeukoStain *stain, GError **error)
{
    g_autoptr(LeukoStainMeter) meter = leuko_stain_meter_new();
    leuko_stain_meter_add(meter, image);
    return leuko_stain_meter_finish(meter, stain, error);
}

/* The same axes and concentrations as numpy's (make-stain-values.py) within 1e-5. */
static void test_golden(void)
{
    static const double axes[2][3] = {{0.650371, 0.701999, 0.290197},
                                      {0.271783, 0.929241, 0.250289}};
    static const double concentration[2] = {1.966498, 1.948833};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = stained(known, 1, 1);
    LeukoStain stain;
    g_assert_true(measure(image, &stain, &error));
    for (guint s = 0; s < 2; s++) {
        g_assert_cmpfloat_with_epsilon(stain.concentration[s], concentration[s], 1e-5);
        for (guint c = 0; c < 3; c++)
            g_assert_cmpfloat_with_epsilon(stain.axes[s][c], axes[s][c], 1e-5);
    }
}

static double mean_difference(const LeukoImage *a, const LeukoImage *b)
{
    double sum = 0;
    for (gsize i = 0; i < a->row_bytes * a->height; i++)
        sum += ABS((int)a->pixels[i] - b->pixels[i]);
    return sum / (double)(a->row_bytes * a->height);
}

/* An image of other stains, normalized, is the image of the wanted stains: within 2.5 gray levels
 * in the mean where the stains are measured, and 0.5 where they are told (the bytes of dark pixels
 * are coarse in optical density, and bringing pale stains to strong ones widens that). Untreated,
 * they differ by more than 15. */
static void test_normalize(void)
{
    static const double other[2][3] = {{0.55, 0.75, 0.37}, {0.12, 0.96, 0.26}};
    g_autoptr(LeukoImage) wanted = stained(known, 1, 1), image = stained(other, 0.8, 0.6);
    LeukoStain from, to;
    g_assert_true(measure(image, &from, NULL));
    g_assert_true(measure(wanted, &to, NULL));
    g_autoptr(LeukoImage) out = leuko_stain_normalize(image, &from, &to, NULL);
    LeukoStain told_from = {.concentration = {0.8, 0.6}}, told_to = {.concentration = {1, 1}};
    for (guint s = 0; s < 2; s++)
        for (guint c = 0; c < 3; c++) {
            const double *a = other[s], *b = known[s];
            told_from.axes[s][c] = a[c] / sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
            told_to.axes[s][c] = b[c] / sqrt(b[0] * b[0] + b[1] * b[1] + b[2] * b[2]);
        }
    g_autoptr(LeukoImage) told = leuko_stain_normalize(image, &told_from, &told_to, NULL);
    g_test_message("mean differences: untreated %g, measured %g, told %g",
                   mean_difference(image, wanted), mean_difference(out, wanted),
                   mean_difference(told, wanted));
    g_assert_cmpfloat(mean_difference(image, wanted), >, 15);
    g_assert_cmpfloat(mean_difference(out, wanted), <, 2.5);
    g_assert_cmpfloat(mean_difference(told, wanted), <, 0.5);
}

/* To its own stains an image comes back as it was, and black masks stay black. */
static void test_identity(void)
{
    g_autoptr(LeukoImage) image = stained(known, 1, 1);
    memset(image->pixels, 0, 300);
    LeukoStain stain = leuko_stain_reference(), strong = stain;
    g_autoptr(LeukoImage) same = leuko_stain_normalize(image, &stain, &stain, NULL);
    g_assert_cmpint(memcmp(same->pixels, image->pixels, image->row_bytes * image->height), ==, 0);
    strong.concentration[0] *= 0.3;
    g_autoptr(LeukoImage) pale = leuko_stain_normalize(image, &stain, &strong, NULL);
    for (guint i = 0; i < 300; i++)
        g_assert_cmpint(pale->pixels[i], ==, 0);
    g_assert_cmpint(pale->pixels[900], !=, image->pixels[900]);
}

/* Too few stained pixels, one color, and parallel axes are refused. */
static void test_refuses(void)
{
    g_autoptr(GError) a = NULL, b = NULL, c = NULL;
    g_autoptr(LeukoImage) white = leuko_image_new(80, 80, NULL);
    LeukoStain stain, flat = leuko_stain_reference();
    memset(white->pixels, 250, white->row_bytes * 80);
    g_assert_false(measure(white, &stain, &a));
    g_assert_error(a, LEUKO_ERROR, LEUKO_ERROR_DATA);
    memset(white->pixels, 100, white->row_bytes * 80);
    g_assert_false(measure(white, &stain, &b));
    g_assert_error(b, LEUKO_ERROR, LEUKO_ERROR_DATA);
    memcpy(flat.axes[1], flat.axes[0], sizeof flat.axes[0]);
    g_assert_null(leuko_stain_normalize(white, &flat, &flat, &c));
    g_assert_error(c, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stain/golden", test_golden);
    g_test_add_func("/stain/normalize", test_normalize);
    g_test_add_func("/stain/identity", test_identity);
    g_test_add_func("/stain/refuses", test_refuses);
    return g_test_run();
}
