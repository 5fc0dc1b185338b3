#include "image/phash.h"
#include <math.h>

/* An image with structure of its own for every seed. */
static LeukoImage *draw(guint width, guint height, guint seed)
{
    LeukoImage *image = leuko_image_new(width, height, NULL);
    for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++)
            for (guint c = 0; c < 3; c++) {
                double u = x * 30.0 / width, v = y * 30.0 / height, sum = 0;
                for (guint k = 1; k < 9; k++)
                    sum += sin(u * ((seed * k * 7) % 11) * 0.12 + v * ((seed * k * 5) % 13) * 0.11 +
                               k * seed);
                image->pixels[y * image->row_bytes + x * 3 + c] = (guint8)(127 + 14 * sum);
            }
    return image;
}

/* The image turned by quarters and mirrored in each of the eight ways is found again. */
static void test_orientations(void)
{
    g_autoptr(LeukoImage) image = draw(120, 120, 3);
    LeukoPhashes original, turned;
    g_assert_true(leuko_phash(image, &original, NULL));
    for (guint o = 0; o < 8; o++) {
        g_autoptr(LeukoImage) other = leuko_image_new(120, 120, NULL);
        for (guint y = 0; y < 120; y++)
            for (guint x = 0; x < 120; x++) {
                guint sx = o & 1 ? 119 - x : x, sy = o & 2 ? 119 - y : y;
                const guint8 *from =
                    image->pixels + (o & 4 ? sx : sy) * image->row_bytes + (o & 4 ? sy : sx) * 3;
                for (guint c = 0; c < 3; c++)
                    other->pixels[y * other->row_bytes + x * 3 + c] = from[c];
            }
        g_assert_true(leuko_phash(other, &turned, NULL));
        g_assert_cmpuint(leuko_phash_nearest(&original, &turned.orientations[0]), <=, 4);
    }
}

/* Saved as a poor JPEG or at another size it is near; another image is far. */
static void test_near_and_far(void)
{
    g_autoptr(LeukoImage) image = draw(200, 180, 4), smaller = draw(90, 81, 4),
                          other = draw(200, 180, 5);
    g_autoptr(GBytes) jpeg = leuko_image_encode(image, "jpeg", 40, NULL);
    g_autoptr(LeukoImage) poor =
        leuko_image_decode(g_bytes_get_data(jpeg, NULL), g_bytes_get_size(jpeg), "t", NULL);
    LeukoPhashes a, b;
    g_assert_true(leuko_phash(image, &a, NULL));
    g_assert_true(leuko_phash(poor, &b, NULL));
    g_assert_cmpuint(leuko_phash_nearest(&a, &b.orientations[0]), <=, LEUKO_PHASH_NEAR);
    g_assert_true(leuko_phash(smaller, &b, NULL));
    g_assert_cmpuint(leuko_phash_nearest(&a, &b.orientations[0]), <=, LEUKO_PHASH_NEAR);
    g_assert_true(leuko_phash(other, &b, NULL));
    g_assert_cmpuint(leuko_phash_nearest(&a, &b.orientations[0]), >, LEUKO_PHASH_NEAR);
}

/* Text and back; text of another length or letters is refused. */
static void test_text(void)
{
    LeukoPhash h = {{1, 2, 3, G_GUINT64_CONSTANT(0x7fffffffffffffff)}}, back;
    g_autofree gchar *text = leuko_phash_to_text(&h);
    g_assert_true(leuko_phash_from_text(text, &back));
    g_assert_cmpuint(leuko_phash_distance(&h, &back), ==, 0);
    g_assert_false(leuko_phash_from_text("12", &back));
    text[5] = 'x';
    g_assert_false(leuko_phash_from_text(text, &back));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/phash/orientations", test_orientations);
    g_test_add_func("/phash/near-and-far", test_near_and_far);
    g_test_add_func("/phash/text", test_text);
    return g_test_run();
}
