/* image/fingerprint.h: 64 bytes that recognize an image and its copies.
 *
 *   1. 8 bytes: a digest of the decoded pixels, the first bytes of the SHA-256 of the width, the
 *      height and the CRC-32C of each row (all u32, little endian). It recognizes the same pixels
 *      in any lossless format, also of an image without structure.
 *   2. 32 bytes: the perceptual hash (image/phash.h), words 3 to 0, u64, little endian. It
 *      recognizes copies that were encoded again, resized, flipped, turned by quarters or made
 *      gray.
 *   3. 24 bytes: words 3, 2 and 1 of the hash after equalization, which recognize equalized copies.
 * SHA-256 of all pixels would cost 2 ms for 360 x 363 px, the CRCs 0.05 ms. Nothing here defends
 * against images made to collide; two photographs differ in every row.
 * A fingerprint cannot be turned back into the image, but its bits are a coarse sketch of it.
 */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

/* Increment when any part changes (images of shards with other versions are decoded instead). */
enum { LEUKO_FINGERPRINT_VERSION = 1 };
enum { LEUKO_DIGEST_BYTES = 8, LEUKO_FINGERPRINT_BYTES = 64 };

typedef struct {
    guint8 bytes[LEUKO_FINGERPRINT_BYTES]; /* the digest first */
} LeukoFingerprint;

/* The fingerprint of a decoded image.
 * plain  its leuko_phash(); NULL: computed here
 * Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_fingerprint_of(const LeukoImage *image, const LeukoPhash *plain,
                              LeukoFingerprint *out, GError **error);

/* The digest of the decoded pixels. */
void leuko_image_digest_pixels(const LeukoImage *image, guint8 digest[LEUKO_DIGEST_BYTES]);
/* The hashes in the 64 bytes of a fingerprint. */
LeukoPhash leuko_fingerprint_plain(const guint8 *bytes);
LeukoPhash leuko_fingerprint_equalized(const guint8 *bytes);

/* Bind a digest to a salt, so that two lists with different salts cannot be compared:
 * the first 8 bytes of SHA-256(salt, digest). In place is allowed. */
void leuko_digest_with_salt(const guint8 digest[LEUKO_DIGEST_BYTES], const guint8 salt[16],
                            guint8 out[LEUKO_DIGEST_BYTES]);

G_END_DECLS
