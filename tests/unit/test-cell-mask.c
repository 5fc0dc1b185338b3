#include "image/cell-mask.h"
#include "smear/synth.h"
#include <math.h>
#include <string.h>

enum { SIDE = 200 };

static void fill_disk(LeukoImage *image, double x, double y, double radius, const guint8 color[3])
{
    for (guint j = 0; j < image->height; j++)
        for (guint i = 0; i < image->width; i++)
            if (hypot(i + 0.5 - x, j + 0.5 - y) <= radius)
                memcpy(image->pixels + j * image->row_bytes + (gsize)i * 3, color, 3);
}

static const guint8 nucleus[3] = {80, 40, 120}, red_cell[3] = {205, 130, 120};

/* A nucleus of radius 30 px at (110, 90) among red cells on a light background. */
static LeukoImage *smear(void)
{
    LeukoImage *image = leuko_image_new(SIDE, SIDE, NULL);
    static const guint8 light[3] = {232, 224, 220};
    fill_disk(image, 100, 100, 400, light);
    fill_disk(image, 60, 95, 25, red_cell); /* touches the nucleus */
    fill_disk(image, 20, 20, 25, red_cell);
    fill_disk(image, 180, 170, 25, red_cell);
    fill_disk(image, 110, 90, 30, nucleus);
    return image;
}

static guint count(const LeukoImage *image, const guint8 color[3])
{
    guint n = 0;
    for (gsize i = 0; i < (gsize)image->width * image->height; i++)
        n += memcmp(image->pixels + i * 3, color, 3) == 0;
    return n;
}

/* The nucleus is found among red cells that touch it, with a narrow rim; also under a cast of
 * color, and where the microscope leaves the corners black. */
static void test_finds(void)
{
    static const double casts[][3] = {{1, 1, 1}, {1, 0.7, 0.45}, {0.5, 0.8, 1}};
    for (gsize k = 0; k < 2 * G_N_ELEMENTS(casts); k++) {
        g_autoptr(LeukoImage) image = smear();
        g_auto(LeukoCellMask) mask = {0};
        for (gsize i = 0; i < SIDE * SIDE * 3; i++)
            image->pixels[i] = (guint8)(image->pixels[i] * casts[k / 2][i % 3]);
        for (guint y = 0; k % 2 && y < SIDE; y++)
            for (guint x = 0; x < SIDE; x++)
                if (hypot(x - 100.0, y - 100.0) > 125)
                    memset(image->pixels + y * image->row_bytes + (gsize)x * 3, 0, 3);
        g_assert_true(leuko_cell_mask_init(&mask, image, NULL));
        g_assert_cmpfloat_with_epsilon(mask.x, 110.0 / SIDE, 0.02);
        g_assert_cmpfloat_with_epsilon(mask.y, 90.0 / SIDE, 0.02);
        g_assert_cmpfloat_with_epsilon(mask.extent, 2 * 34.5 / SIDE, 0.04);
    }
}

static double overlap_of(const guint8 *a, const guint8 *b)
{
    double both = 0, any = 0;
    for (guint i = 0; i < SIDE * SIDE; i++) {
        both += a[i] && b[i];
        any += a[i] || b[i];
    }
    return both / any;
}

/* The outline overlaps the true one of synthetic cells of every kind. */
static void test_outlines(void)
{
    enum { N = 8 };
    static const double least[] = {0.7, 0.7, 0.7, 0.65, 0.5};
    g_autoptr(GError) error = NULL;
    for (guint kind = 0; kind < LEUKO_SYNTH_N_KINDS; kind++) {
        double sum = 0;
        for (guint i = 0; i < N; i++) {
            g_autoptr(LeukoImage) cell = leuko_synth_cell(kind, i, i, SIDE, 3, &error);
            g_autofree guint8 *truth = leuko_synth_cell_mask(kind, i, i, SIDE, 3, &error);
            g_auto(LeukoCellMask) mask = {0};
            g_assert_true(leuko_cell_mask_init(&mask, cell, &error));
            g_autofree guint8 *found = leuko_cell_mask_scale(&mask, SIDE, SIDE, &error);
            g_assert_no_error(error);
            sum += overlap_of(truth, found);
        }
        g_test_message("%s: overlap %.2f", leuko_synth_kind_name(kind), sum / N);
        g_assert_cmpfloat(sum / N, >, least[kind]);
    }
}

/* A box of the cell's extent, and its outline, hide it; the box leaves what is outside as it is. */
static void test_hides(void)
{
    g_autoptr(LeukoImage) original = smear(), boxed = smear(), cut = smear();
    g_auto(LeukoCellMask) mask = {0};
    g_assert_true(leuko_cell_mask_init(&mask, original, NULL));
    leuko_cell_hide(&mask, 0.5, boxed);
    leuko_cell_hide(&mask, 0, cut);
    g_assert_cmpuint(count(original, nucleus), >, 2500);
    g_assert_cmpuint(count(boxed, nucleus), ==, 0);
    g_assert_cmpuint(count(cut, nucleus), ==, 0);
    guint n_changed = 0;
    for (guint y = 0; y < SIDE; y++)
        for (guint x = 0; x < SIDE; x++) {
            gsize at = y * original->row_bytes + (gsize)x * 3;
            gboolean changed = memcmp(original->pixels + at, boxed->pixels + at, 3) != 0;
            n_changed += changed ? 1 : 0;
            g_assert_true(!changed || (x >= 57 && x < 163 && y >= 37 && y < 143));
        }
    g_assert_cmpuint(n_changed, >, 2500);
    g_assert_cmpuint(count(cut, red_cell), >, count(boxed, red_cell));
}

/* A box near the edge is moved into the image; in an image of one color nothing is found, and the
 * box is in the middle; sides of 1 px are possible. */
static void test_edges(void)
{
    const struct {
        guint width, height;
    } sizes[] = {{1, 1}, {1, 40}, {300, 7}, {129, 128}};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(LeukoImage) image = leuko_image_new(sizes[i].width, sizes[i].height, NULL);
        memset(image->pixels, 200, image->row_bytes * image->height);
        g_auto(LeukoCellMask) mask = {0};
        g_assert_true(leuko_cell_mask_init(&mask, image, NULL));
        g_assert_cmpfloat(mask.extent, ==, 0);
        mask.x = mask.y = 0.99;
        leuko_cell_hide(&mask, 0.9, image);
        leuko_cell_hide(&mask, 0, image);
        g_assert_cmpuint(image->pixels[0], ==, 200);
    }
}

/* In a masked image everything that is not black is the cell. */
static void test_masked(void)
{
    g_autoptr(LeukoImage) image = leuko_image_new(SIDE, SIDE, NULL);
    fill_disk(image, 100, 80, 40, red_cell);
    g_auto(LeukoCellMask) mask = {0};
    g_assert_true(leuko_cell_mask_init(&mask, image, NULL));
    g_assert_cmpfloat_with_epsilon(mask.extent, 0.4, 0.03);
    leuko_cell_hide(&mask, 0, image);
    g_assert_cmpuint(count(image, red_cell), <, 250); /* of 5,000: a rim of the smaller mask */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cell-mask/finds", test_finds);
    g_test_add_func("/cell-mask/outlines", test_outlines);
    g_test_add_func("/cell-mask/hides", test_hides);
    g_test_add_func("/cell-mask/edges", test_edges);
    g_test_add_func("/cell-mask/masked", test_masked);
    return g_test_run();
}
