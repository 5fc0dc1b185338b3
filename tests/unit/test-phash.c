#include "image/augment.h"
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
    LeukoPhash original, turned;
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
        g_assert_cmpuint(leuko_phash_nearest(&original, &turned), <=, 4);
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
    LeukoPhash a, b;
    g_assert_true(leuko_phash(image, &a, NULL));
    g_assert_true(leuko_phash(poor, &b, NULL));
    g_assert_cmpuint(leuko_phash_nearest(&a, &b), <=, LEUKO_PHASH_NEAR);
    g_assert_true(leuko_phash(smaller, &b, NULL));
    g_assert_cmpuint(leuko_phash_nearest(&a, &b), <=, LEUKO_PHASH_NEAR);
    g_assert_true(leuko_phash(other, &b, NULL));
    g_assert_cmpuint(leuko_phash_nearest(&a, &b), >, LEUKO_PHASH_NEAR);
}

static LeukoPhash equalized(const LeukoImage *image)
{
    LeukoPhash plain, out;
    g_assert_true(leuko_phash(image, &plain, NULL));
    g_assert_true(leuko_phash_equalized(image, &plain, &out, NULL));
    return out;
}

/* An equalized copy is near by the hash of the equalized luma, also when it is turned; the constant
 * image stays blank, and another image is far. */
static void test_equalized(void)
{
    g_autoptr(LeukoImage) image = draw(150, 130, 6), other = draw(150, 130, 7),
                          constant = leuko_image_new(40, 40, NULL);
    for (gsize i = 0; i < image->height * image->row_bytes; i++)
        /* a dark image */
        image->pixels[i] = (guint8)(image->pixels[i] * image->pixels[i] / 400);
    g_autoptr(LeukoImage) equal = leuko_augment_equalize(image, NULL);
    LeukoPhash a, b;
    a = equalized(image);
    b = equalized(equal);
    g_assert_cmpuint(a.bits[0], ==, 0);
    g_assert_cmpuint(leuko_phash_nearest(&a, &b), <=, 4);
    b = leuko_phash_transpose(&b);
    b.bits[1] = ~b.bits[1];
    g_assert_cmpuint(leuko_phash_nearest(&a, &b), <=, 4);
    b = equalized(other);
    g_assert_cmpuint(leuko_phash_nearest(&a, &b), >, LEUKO_PHASH_EQUALIZED_NEAR);
    b = equalized(constant);
    g_assert_true(leuko_phash_is_blank(&b));
}

static void fill(LeukoImage *image, guint8 level, guint amplitude, GRand *rand)
{
    for (gsize i = 0; i < image->height * image->row_bytes; i++)
        image->pixels[i] = (guint8)(level + (amplitude ? g_rand_int_range(rand, 0, 2) : 0));
}

/* A constant image, and one of noise around a level, is blank and near to none; an image with a
 * standard deviation of two levels is not blank. */
static void test_blank(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    g_autoptr(LeukoImage) constant = leuko_image_new(90, 70, NULL),
                          noise = leuko_image_new(90, 70, NULL), weak = draw(90, 70, 3);
    LeukoPhash a, b, c;
    fill(constant, 255, 0, rand);
    fill(noise, 120, 1, rand);
    for (gsize i = 0; i < weak->height * weak->row_bytes; i++)
        weak->pixels[i] = (guint8)(100 + weak->pixels[i] / 16);
    g_assert_true(leuko_phash(constant, &a, NULL));
    g_assert_true(leuko_phash(noise, &b, NULL));
    g_assert_true(leuko_phash(weak, &c, NULL));
    g_assert_true(leuko_phash_is_blank(&a));
    g_assert_true(leuko_phash_is_blank(&b));
    g_assert_false(leuko_phash_is_blank(&c));
    g_assert_cmpuint(leuko_phash_nearest(&a, &a), ==, G_MAXUINT);
}

/* Hashes with another meaning of the bits, the highest of which is 0, are compared as they are. */
static void test_older(void)
{
    LeukoPhash a = {{1, 2, 3, 4}}, flipped = {{~a.bits[0], a.bits[1], ~a.bits[2], a.bits[3]}};
    g_assert_cmpuint(leuko_phash_nearest(&a, &flipped), ==, 128);
    a.bits[3] |= flipped.bits[3] |= G_GUINT64_CONSTANT(1) << 63;
    g_assert_cmpuint(leuko_phash_nearest(&a, &flipped), ==, 0);
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
    g_test_add_func("/phash/equalized", test_equalized);
    g_test_add_func("/phash/blank", test_blank);
    g_test_add_func("/phash/older", test_older);
    g_test_add_func("/phash/text", test_text);
    return g_test_run();
}
