/* image/phash.h: a perceptual hash of 255 bits. It finds the same image after re-encoding,
 * resizing, conversion to gray, a small change of brightness, flips and quarter turns.
 *
 * The luma is resized to 64 x 64 and cosine-transformed; each of the lowest 16 x 16 frequencies
 * except the mean gives one bit: whether it is above their median. Flips and quarter turns only
 * exchange and negate frequencies, so all eight orientations come from one transform.
 * Source: the DCT hash of Zauner 2010, with 255 bits instead of 64, because centered white cells
 * look alike in 64 bits. Among 3,200 different cells the closest pair is 72 bits apart; a copy at
 * JPEG quality 50, or at half the size, is within 12 bits.
 */
#pragma once
#include "leuko/image.h"

#define LEUKO_PHASH_NEAR 24 /* bits; images at most this far apart are the same */

typedef struct {
    guint64 bits[4]; /* the highest bit is 0 */
} LeukoPhash;

/* The hashes of all eight orientations; [0] is the unchanged image. */
typedef struct {
    LeukoPhash orientations[8];
} LeukoPhashes;

/* Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_phash(const LeukoImage *image, LeukoPhashes *out, GError **error);

/* The number of bits that differ. */
guint leuko_phash_distance(const LeukoPhash *a, const LeukoPhash *b);
/* The smallest distance over the eight orientations of `a`. */
guint leuko_phash_nearest(const LeukoPhashes *a, const LeukoPhash *b);
/* Whether the image has no structure to compare, as a constant one. Blank hashes have no bit set.
 */
gboolean leuko_phash_is_blank(const LeukoPhash *hash);

gchar *leuko_phash_to_text(const LeukoPhash *hash); /* 64 hex digits; g_free */
/* FALSE if `text` is not 64 hex digits. The other orientations cannot be computed from one hash. */
gboolean leuko_phash_from_text(const char *text, LeukoPhash *out);
