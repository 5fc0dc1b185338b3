#include "image/fingerprint.h"
#include <string.h>

static LeukoImage *draw(guint width, guint height)
{
    LeukoImage *image = leuko_image_new(width, height, NULL);
    for (guint y = 0; y < height; y++)
        for (guint x = 0; x < 3 * width; x++)
            image->pixels[y * image->row_bytes + x] = (guint8)(x * x + 7 * y * y + x * y);
    return image;
}

/* The digest is the one that another program computes from its description:
 *   crc32c of each row by the CRC-32C of RFC 3720, then
 *   hashlib.sha256(struct.pack('<II', 5, 4) + b''.join(struct.pack('<I', c) for c in crcs)) */
static void test_digest(void)
{
    static const guint8 expected[LEUKO_DIGEST_BYTES] = {0x16, 0x25, 0x05, 0x01,
                                                        0xc1, 0x51, 0xfc, 0x94};
    g_autoptr(LeukoImage) image = draw(5, 4);
    guint8 digest[LEUKO_DIGEST_BYTES];
    leuko_image_digest_pixels(image, digest);
    g_assert_cmpint(memcmp(digest, expected, sizeof digest), ==, 0);
}

/* Padding behind the rows does not count; one bit of one pixel does, and so does the shape. */
static void test_pixels_only(void)
{
    g_autoptr(LeukoImage) image = draw(6, 4), other = draw(6, 4);
    guint8 a[LEUKO_DIGEST_BYTES], b[LEUKO_DIGEST_BYTES], padded[4 * 32];
    memset(padded, 0xee, sizeof padded);
    for (guint y = 0; y < 4; y++)
        memcpy(padded + y * 32, image->pixels + y * image->row_bytes, 18);
    const LeukoImage with_padding = {6, 4, 32, padded}, turned = {4, 6, 12, image->pixels};
    leuko_image_digest_pixels(image, a);
    leuko_image_digest_pixels(&with_padding, b);
    g_assert_cmpint(memcmp(a, b, sizeof a), ==, 0);
    leuko_image_digest_pixels(&turned, b);
    g_assert_true(memcmp(a, b, sizeof a) != 0);
    for (guint bit = 0; bit < 6 * 4 * 24; bit++) {
        other->pixels[bit / 8] ^= (guint8)(1 << bit % 8);
        leuko_image_digest_pixels(other, b);
        g_assert_true(memcmp(a, b, sizeof a) != 0);
        other->pixels[bit / 8] ^= (guint8)(1 << bit % 8);
    }
}

/* The hashes come back from the bytes, and the digest is the first part. */
static void test_parts(void)
{
    g_autoptr(LeukoImage) image = draw(80, 60);
    LeukoFingerprint f, again;
    LeukoPhash plain, equalized;
    guint8 digest[LEUKO_DIGEST_BYTES];
    g_assert_true(leuko_phash(image, &plain, NULL));
    g_assert_true(leuko_phash_equalized(image, &plain, &equalized, NULL));
    g_assert_true(leuko_fingerprint_of(image, NULL, &f, NULL));
    g_assert_true(leuko_fingerprint_of(image, &plain, &again, NULL));
    g_assert_cmpint(memcmp(&f, &again, sizeof f), ==, 0);
    leuko_image_digest_pixels(image, digest);
    g_assert_cmpint(memcmp(f.bytes, digest, sizeof digest), ==, 0);
    const LeukoPhash back = leuko_fingerprint_plain(f.bytes),
                     back_equalized = leuko_fingerprint_equalized(f.bytes);
    g_assert_false(leuko_phash_is_blank(&back));
    g_assert_cmpint(memcmp(&back, &plain, sizeof plain), ==, 0);
    g_assert_cmpint(memcmp(&back_equalized, &equalized, sizeof equalized), ==, 0);
    g_assert_cmphex(f.bytes[8], ==, plain.bits[3] & 0xff);
}

/* printf '\0\1...\27' | sha256sum: salt 0..15, digest 16..23 */
static void test_salt(void)
{
    static const guint8 expected[LEUKO_DIGEST_BYTES] = {0x1d, 0x64, 0xad, 0xd2,
                                                        0xa6, 0x38, 0x83, 0x67};
    guint8 salt[16], digest[LEUKO_DIGEST_BYTES];
    for (guint i = 0; i < sizeof salt; i++)
        salt[i] = (guint8)i;
    for (guint i = 0; i < sizeof digest; i++)
        digest[i] = (guint8)(16 + i);
    leuko_digest_with_salt(digest, salt, digest);
    g_assert_cmpint(memcmp(digest, expected, sizeof digest), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fingerprint/digest", test_digest);
    g_test_add_func("/fingerprint/pixels-only", test_pixels_only);
    g_test_add_func("/fingerprint/parts", test_parts);
    g_test_add_func("/fingerprint/salt", test_salt);
    return g_test_run();
}
