#include "image/fingerprint.h"
#include "base/crc32c.h"
#include <string.h>

enum { SALT_BYTES = 16, SHA256_BYTES = 32 };

static void finish(GChecksum *sum, guint8 out[LEUKO_DIGEST_BYTES])
{
    guint8 whole[SHA256_BYTES];
    gsize n = sizeof whole;
    g_checksum_get_digest(sum, whole, &n);
    memcpy(out, whole, LEUKO_DIGEST_BYTES);
}

void leuko_image_digest_pixels(const LeukoImage *image, guint8 digest[LEUKO_DIGEST_BYTES])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    const guint32 size[2] = {GUINT32_TO_LE(image->width), GUINT32_TO_LE(image->height)};
    g_checksum_update(sum, (const guchar *)size, sizeof size);
    for (guint y = 0; y < image->height; y++) {
        guint32 row = GUINT32_TO_LE(leuko_crc32c(image->pixels + y * image->row_bytes,
                                                 (gsize)image->width * LEUKO_CHANNELS));
        g_checksum_update(sum, (const guchar *)&row, sizeof row);
    }
    finish(sum, digest);
}

/* Where the words of the hashes are. */
enum { PLAIN = LEUKO_DIGEST_BYTES, EQUALIZED = PLAIN + 32 };
static const guint plain_words[] = {3, 2, 1, 0}, equalized_words[] = {3, 2, 1};

static void put_words(guint8 *bytes, const LeukoPhash *hash, const guint *words, guint n)
{
    for (guint i = 0; i < n; i++) {
        guint64 word = GUINT64_TO_LE(hash->bits[words[i]]);
        memcpy(bytes + i * sizeof word, &word, sizeof word);
    }
}

static LeukoPhash get_words(const guint8 *bytes, const guint *words, guint n)
{
    LeukoPhash hash = {{0}};
    for (guint i = 0; i < n; i++) {
        guint64 word;
        memcpy(&word, bytes + i * sizeof word, sizeof word);
        hash.bits[words[i]] = GUINT64_FROM_LE(word);
    }
    return hash;
}

gboolean leuko_fingerprint_of(const LeukoImage *image, const LeukoPhash *plain,
                              LeukoFingerprint *out, GError **error)
{
    LeukoPhash own, equalized;
    if (!plain && !leuko_phash(image, &own, error))
        return FALSE;
    plain = plain ? plain : &own;
    if (!leuko_phash_equalized(image, plain, &equalized, error))
        return FALSE;
    leuko_image_digest_pixels(image, out->bytes);
    put_words(out->bytes + PLAIN, plain, plain_words, G_N_ELEMENTS(plain_words));
    put_words(out->bytes + EQUALIZED, &equalized, equalized_words, G_N_ELEMENTS(equalized_words));
    return TRUE;
}

LeukoPhash leuko_fingerprint_plain(const guint8 *bytes)
{
    return get_words(bytes + PLAIN, plain_words, G_N_ELEMENTS(plain_words));
}

LeukoPhash leuko_fingerprint_equalized(const guint8 *bytes)
{
    return get_words(bytes + EQUALIZED, equalized_words, G_N_ELEMENTS(equalized_words));
}

void leuko_digest_with_salt(const guint8 digest[LEUKO_DIGEST_BYTES], const guint8 salt[SALT_BYTES],
                            guint8 out[LEUKO_DIGEST_BYTES])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, salt, SALT_BYTES);
    g_checksum_update(sum, digest, LEUKO_DIGEST_BYTES);
    finish(sum, out);
}
