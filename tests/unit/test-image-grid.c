#include "image/image-grid.h"
#include "leuko/error.h"
#include <math.h>
#include <string.h>

static LeukoImage *plain(guint width, guint height, guint8 value)
{
    LeukoImage *image = leuko_image_new(width, height, NULL);
    memset(image->pixels, value, image->row_bytes * height);
    return image;
}

static guint8 at(const LeukoImage *image, guint x, guint y)
{
    return image->pixels[y * image->row_bytes + x * LEUKO_CHANNELS];
}

/* Each image stands in the middle of its cell, once; between cells and where none is, black. */
static void test_places(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) wide = plain(5, 3, 10), tall = plain(3, 7, 20), dot = plain(1, 1, 30);
    const LeukoImage *images[] = {wide, tall, NULL, dot};
    g_autoptr(LeukoImage) grid = leuko_image_grid(images, 4, 3, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(grid->width, ==, 3 * 5 + 2 * 2);
    g_assert_cmpuint(grid->height, ==, 2 * 7 + 2);
    guint counts[31] = {0};
    for (guint y = 0; y < grid->height; y++)
        for (guint x = 0; x < grid->width; x++)
            counts[at(grid, x, y)]++;
    g_assert_cmpuint(counts[10], ==, 15);
    g_assert_cmpuint(counts[20], ==, 21);
    g_assert_cmpuint(counts[30], ==, 1);
    g_assert_cmpuint(counts[0], ==, 19 * 16 - 37);
    g_assert_cmpuint(at(grid, 0, 2), ==, 10);
    g_assert_cmpuint(at(grid, 4, 4), ==, 10);
    g_assert_cmpuint(at(grid, 8, 0), ==, 20);
    g_assert_cmpuint(at(grid, 10, 6), ==, 20);
    g_assert_cmpuint(at(grid, 2, 12), ==, 30);
}

/* Without a number of columns the grid is about square. */
static void test_square(void)
{
    g_autoptr(LeukoImage) one = plain(4, 4, 1);
    const LeukoImage *images[10];
    for (guint i = 0; i < 10; i++)
        images[i] = one;
    const guint columns[] = {0, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4};
    for (guint n = 1; n <= 10; n++) {
        g_autoptr(LeukoImage) grid = leuko_image_grid(images, n, 0, NULL);
        g_assert_cmpuint(grid->width, ==, columns[n] * 6 - 2);
        g_assert_cmpuint(grid->height, ==, (n + columns[n] - 1) / columns[n] * 6 - 2);
    }
}

/* No image, and a grid larger than an image may be, are errors. */
static void test_refuses(void)
{
    g_autoptr(LeukoImage) one = plain(LEUKO_IMAGE_MAX_SIDE / 2, 1, 1);
    const LeukoImage *images[] = {one, one}, *none[] = {NULL, NULL};
    g_autoptr(GError) error = NULL;
    g_assert_null(leuko_image_grid(images, 0, 0, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    g_assert_null(leuko_image_grid(none, 2, 0, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_clear_error(&error);
    g_assert_null(leuko_image_grid(images, 2, 2, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
    g_autoptr(LeukoImage) fits = leuko_image_grid(images, 2, 1, NULL);
    g_assert_nonnull(fits);
}

/* Every byte comes back through x / 127.5 - 1; what lies outside is clipped. */
static void test_from_chw(void)
{
    enum { H = 16, W = 16 };
    float x_chw[LEUKO_CHANNELS * H * W];
    for (guint i = 0; i < H * W; i++) {
        x_chw[i] = (float)i / 127.5f - 1.0f;
        x_chw[H * W + i] = 1.0f - (float)i / 127.5f;
        x_chw[2 * H * W + i] = i == 0 ? -7.0f : i == 1 ? 7.0f : (float)NAN;
    }
    g_autoptr(LeukoImage) image = leuko_image_from_chw(x_chw, H, W, NULL);
    for (guint i = 0; i < H * W; i++) {
        const guint8 *p = image->pixels + i / W * image->row_bytes + i % W * LEUKO_CHANNELS;
        g_assert_cmpuint(p[0], ==, i);
        g_assert_cmpuint(p[1], ==, 255 - i);
        g_assert_cmpuint(p[2], ==, i == 1 ? 255 : 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image-grid/places", test_places);
    g_test_add_func("/image-grid/square", test_square);
    g_test_add_func("/image-grid/refuses", test_refuses);
    g_test_add_func("/image-grid/from-chw", test_from_chw);
    return g_test_run();
}
