#include "leuko/image.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

static LeukoImage *formula_image(guint width, guint height)
{
    LeukoImage *image = leuko_image_new(width, height, NULL);
    for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++)
            for (guint c = 0; c < 3; c++)
                image->pixels[y * image->row_bytes + x * 3 + c] =
                    (guint8)((x * 7 + y * 13 + c * 50 + x * y / 5) & 255);
    return image;
}

/* What is written as PNG comes back byte for byte. */
static void test_png_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoImage) image = formula_image(37, 23);
    g_autoptr(GBytes) bytes = leuko_image_encode(image, "png", 0, &error);
    g_assert_no_error(error);
    gsize n;
    gconstpointer data = g_bytes_get_data(bytes, &n);
    g_autoptr(LeukoImage) back = leuko_image_decode(data, n, "memory", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(back->width, ==, 37);
    g_assert_cmpuint(back->height, ==, 23);
    g_assert_cmpmem(back->pixels, 37u * 3 * 23, image->pixels, 37u * 3 * 23);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/png-round-trip", test_png_round_trip);
    return g_test_run();
}
