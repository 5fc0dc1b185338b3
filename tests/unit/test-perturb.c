#include "image/perturb.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

enum { W = 25, H = 20, MARGIN = 3, N_SAMPLES = 16 };

/* The image of make-perturb-values.py: a colored pattern inside a margin of one color. */
static LeukoImage *make_image(void)
{
    static const guint8 border[3] = {200, 180, 190};
    LeukoImage *image = leuko_image_new(W, H, NULL);
    for (guint y = 0; y < H; y++)
        for (guint x = 0; x < W; x++)
            for (guint c = 0; c < 3; c++) {
                gboolean inside = x >= MARGIN && y >= MARGIN && x < W - MARGIN && y < H - MARGIN;
                image->pixels[y * image->row_bytes + x * 3 + c] =
                    inside ? (guint8)((x * 37 + y * 11 + 40 * c + x * y * 5) % 236 + 10)
                           : border[c];
            }
    return image;
}

static LeukoImage *perturbed(LeukoPerturbKind kind, double strength, guint64 seed, guint64 key,
                             GError **error)
{
    const LeukoPerturbation p = {kind, strength, seed};
    return leuko_perturb_apply(&p, make_image(), key, error);
}

static double mean_of(const LeukoImage *image)
{
    double sum = 0;
    for (gsize i = 0; i < (gsize)W * H * 3; i++)
        sum += image->pixels[i];
    return sum / (W * H * 3);
}

static gboolean same(const LeukoImage *a, const LeukoImage *b)
{
    return a->width == b->width && a->height == b->height &&
           memcmp(a->pixels, b->pixels, (gsize)a->row_bytes * a->height) == 0;
}

/* clang-format off */
static const struct {
    LeukoPerturbKind kind;
    double strength;
    gint tolerance; /* gray levels */
    double mean;
    guint8 samples[N_SAMPLES];
} golden[] = {
    {LEUKO_PERTURB_STAIN_STRONGER, 20, 1, 144.1933,
     {188, 94, 185, 138, 201, 185, 220, 81, 185, 188, 228, 185, 17, 207, 185, 208}},
    {LEUKO_PERTURB_STAIN_WEAKER, 20, 1, 170.1047,
     {212, 131, 195, 167, 230, 195, 255, 119, 195, 212, 246, 195, 43, 234, 195, 248}},
    {LEUKO_PERTURB_STAIN_BLUER, 40, 1, 128.6887,
     {178, 49, 181, 123, 87, 181, 224, 38, 181, 178, 123, 181, 10, 96, 181, 211}},
    {LEUKO_PERTURB_STAIN_PINKER, 40, 1, 193.5453,
     {225, 250, 200, 187, 255, 200, 251, 252, 200, 225, 255, 200, 71, 255, 200, 244}},
    {LEUKO_PERTURB_BRIGHTER, 20, 0, 186.2613,
     {240, 133, 228, 182, 255, 228, 255, 118, 228, 240, 255, 228, 32, 255, 228, 255}},
    {LEUKO_PERTURB_DARKER, 40, 0, 93.8593,
     {120, 67, 114, 91, 129, 114, 142, 59, 114, 120, 142, 114, 16, 132, 114, 136}},
    {LEUKO_PERTURB_BALANCE_WARMER, 10, 0, 156.6360,
     {220, 111, 171, 167, 215, 171, 255, 98, 171, 220, 237, 171, 30, 220, 171, 250}},
    {LEUKO_PERTURB_BALANCE_COOLER, 20, 0, 155.4873,
     {160, 111, 228, 122, 215, 228, 190, 98, 228, 160, 237, 228, 22, 220, 228, 182}},
    {LEUKO_PERTURB_BLUR, 1, 1, 156.4633,
     {192, 114, 190, 133, 152, 184, 138, 139, 189, 192, 138, 190, 125, 162, 187, 143}},
    {LEUKO_PERTURB_DEFOCUS, 2, 1, 156.4327,
     {188, 116, 190, 125, 150, 181, 128, 137, 190, 188, 128, 190, 136, 168, 186, 136}},
    {LEUKO_PERTURB_JPEG, 50, 2, 156.7627,
     {211, 87, 192, 155, 183, 189, 128, 103, 182, 220, 194, 196, 59, 146, 202, 118}},
    {LEUKO_PERTURB_ROTATION, 15, 8, 156.4413,
     {200, 115, 190, 137, 151, 161, 81, 110, 190, 202, 137, 190, 81, 143, 190, 121}},
    {LEUKO_PERTURB_ROTATION, 180, 1, 156.4340,
     {200, 107, 190, 91, 133, 190, 98, 151, 190, 200, 212, 190, 181, 117, 190, 67}},
    {LEUKO_PERTURB_SCALE_SMALLER, 20, 1, 168.6127,
     {200, 142, 190, 141, 180, 190, 73, 142, 190, 200, 135, 190, 134, 180, 190, 112}},
    {LEUKO_PERTURB_SCALE_LARGER, 25, 1, 138.1167,
     {109, 59, 69, 192, 92, 114, 151, 163, 190, 102, 138, 190, 63, 141, 106, 138}},
};
/* clang-format on */

/* The first sample that differs from the golden values, and its value; -1: none. */
static gint first_difference(const LeukoImage *out, gsize g, gint *found)
{
    for (guint i = 0; i < N_SAMPLES; i++) {
        gint v = out->pixels[(7 * i + 3) % H * out->row_bytes + (11 * i + 2) % W * 3 + i % 3];
        *found = v;
        if (ABS(v - golden[g].samples[i]) > golden[g].tolerance)
            return (gint)i;
    }
    return -1;
}

/* Every operator gives the values of numpy, OpenCV or Pillow (make-perturb-values.py): exactly
 * where a table is used; within 1 where sums are rounded, 2 after the rounding of a JPEG file, and
 * 8 where coordinates are rounded to 1/32 pixel (neighbors differ by up to 236). */
static void test_golden(void)
{
    for (gsize g = 0; g < G_N_ELEMENTS(golden); g++) {
        gint bad = 0, found = 0;
        for (guint64 key = 0; key < 20 && bad >= 0; key++) { /* both sides of a rotation */
            g_autoptr(GError) error = NULL;
            g_autoptr(LeukoImage) out =
                perturbed(golden[g].kind, golden[g].strength, 1, key, &error);
            g_assert_no_error(error);
            g_assert_cmpuint(out->width, ==, W);
            g_assert_cmpuint(out->height, ==, H);
            bad = first_difference(out, g, &found);
            if (bad < 0)
                g_assert_cmpfloat_with_epsilon(mean_of(out), golden[g].mean,
                                               golden[g].tolerance > 0 ? 0.3 : 1e-4);
            if (golden[g].kind != LEUKO_PERTURB_ROTATION)
                break;
        }
        if (bad >= 0)
            g_error("%s %g, sample %d: %d instead of %d", leuko_perturb_info(golden[g].kind)->name,
                    golden[g].strength, bad, found, golden[g].samples[bad]);
    }
}

/* The strength that changes nothing gives the same bytes, for every kind. */
static void test_none(void)
{
    g_autoptr(LeukoImage) original = make_image();
    for (guint k = 0; k < LEUKO_N_PERTURBATIONS; k++) {
        g_autoptr(LeukoImage) out = perturbed(k, leuko_perturb_info(k)->none, 1, 5, NULL);
        g_assert_true(same(out, original));
    }
}

/* The same seed and key give the same bytes, others do not; noise has the stated strength. */
static void test_draws(void)
{
    g_autoptr(LeukoImage) a = perturbed(LEUKO_PERTURB_NOISE, 30, 1, 5, NULL);
    g_autoptr(LeukoImage) again = perturbed(LEUKO_PERTURB_NOISE, 30, 1, 5, NULL);
    g_autoptr(LeukoImage) other_seed = perturbed(LEUKO_PERTURB_NOISE, 30, 2, 5, NULL);
    g_autoptr(LeukoImage) other_key = perturbed(LEUKO_PERTURB_NOISE, 30, 1, 6, NULL);
    g_autoptr(LeukoImage) original = make_image();
    g_assert_true(same(a, again));
    g_assert_false(same(a, other_seed));
    g_assert_false(same(a, other_key));
    double squares = 0;
    guint n = 0;
    for (gsize i = 0; i < (gsize)W * H * 3; i++)
        if (original->pixels[i] > 40 && original->pixels[i] < 215) { /* not clamped */
            double d = (double)a->pixels[i] - original->pixels[i];
            squares += d * d;
            n++;
        }
    /* 1,000 draws: the standard error of the ratio is 2 % */
    g_assert_cmpfloat_with_epsilon(sqrt(squares / n) / (255 * pow(10, -1.5)), 1, 0.1);
}

/* Half turns are exact, and two of them give the image back. */
static void test_half_turn(void)
{
    const LeukoPerturbation p = {LEUKO_PERTURB_ROTATION, 180, 1};
    g_autoptr(LeukoImage) original = make_image();
    g_autoptr(LeukoImage) once = leuko_perturb_apply(&p, make_image(), 5, NULL);
    g_assert_false(same(once, original));
    g_autoptr(LeukoImage) twice = leuko_perturb_apply(&p, g_steal_pointer(&once), 5, NULL);
    g_assert_true(same(twice, original));
}

/* Black pixels of a masked image stay black under changes of color and under noise. */
static void test_masked(void)
{
    for (guint k = 0; k <= LEUKO_PERTURB_NOISE; k++) {
        const LeukoPerturbInfo *info = leuko_perturb_info(k);
        if (strcmp(info->unit, "px") == 0)
            continue;
        LeukoImage *image = leuko_image_new(W, H, NULL); /* black */
        memset(image->pixels + 10 * image->row_bytes + 30, 120, 9);
        const LeukoPerturbation p = {k, info->strengths[1], 1};
        g_autoptr(LeukoImage) out = leuko_perturb_apply(&p, image, 5, NULL);
        g_assert_cmpuint(out->pixels[0], ==, 0);
        g_assert_cmpuint(out->pixels[10 * out->row_bytes + 30 + 9], ==, 0);
        g_assert_cmpuint(out->pixels[10 * out->row_bytes + 30], >, 8);
    }
}

/* The table is whole: names differ, strengths are in range and differ from none. */
static void test_table(void)
{
    for (guint k = 0; k < LEUKO_N_PERTURBATIONS; k++) {
        const LeukoPerturbInfo *info = leuko_perturb_info(k);
        g_assert_cmpuint(info->n_strengths, >=, 3);
        for (guint i = 0; i < info->n_strengths; i++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(LeukoImage) out = perturbed(k, info->strengths[i], 1, 5, &error);
            g_assert_no_error(error);
            g_assert_true(info->strengths[i] != info->none);
        }
        for (guint j = 0; j < k; j++)
            g_assert_cmpstr(info->name, !=, leuko_perturb_info(j)->name);
    }
}

/* Strengths out of range are refused. */
static void test_refuses(void)
{
    const struct {
        LeukoPerturbKind kind;
        double strength;
    } bad[] = {{LEUKO_PERTURB_STAIN_WEAKER, 100}, {LEUKO_PERTURB_DARKER, -5},
               {LEUKO_PERTURB_BLUR, 60},          {LEUKO_PERTURB_DEFOCUS, 0.01},
               {LEUKO_PERTURB_NOISE, -1},         {LEUKO_PERTURB_JPEG, 50.5},
               {LEUKO_PERTURB_JPEG, 0},           {LEUKO_PERTURB_ROTATION, 181},
               {LEUKO_PERTURB_SCALE_SMALLER, NAN}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(perturbed(bad[i].kind, bad[i].strength, 1, 5, &error));
        g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/perturb/golden", test_golden);
    g_test_add_func("/perturb/none", test_none);
    g_test_add_func("/perturb/draws", test_draws);
    g_test_add_func("/perturb/half-turn", test_half_turn);
    g_test_add_func("/perturb/masked", test_masked);
    g_test_add_func("/perturb/table", test_table);
    g_test_add_func("/perturb/refuses", test_refuses);
    return g_test_run();
}
