/* image/phash.h: a perceptual hash of 255 bits, to find the same image again after it was saved
 * anew, resized, made gray, brightened a little, flipped or turned by quarters.
 *
 * The luma at 64 x 64, its cosine transform, the lowest 16 x 16 frequencies without the mean; a bit
 * says whether one lies above their median. Flips and turns only exchange and negate frequencies,
 * so all eight orientations come from one transform.
 * Source: the DCT hash of Zauner 2010, widened from 64 to 255 bits, because white cells, centered on
 * one color, look alike to 64: among 3,200 different cells the closest pair is 72 bits apart, while
 * a copy saved at JPEG quality 50, or at half the size, stays within 12.
 */
#pragma once
#include "leuko/image.h"

#define LEUKO_PHASH_NEAR 24 /* bits; at most so many apart is the same image */

typedef struct {
    guint64 bits[4]; /* the highest bit is 0 */
} LeukoPhash;

/* All eight orientations; [0] is the image as it is. */
typedef struct {
    LeukoPhash orientations[8];
} LeukoPhashes;

gboolean leuko_phash(const LeukoImage *image, LeukoPhashes *out, GError **error);

/* Bits in which they differ. */
guint leuko_phash_distance(const LeukoPhash *a, const LeukoPhash *b);
/* The least over the eight orientations of one of them. */
guint leuko_phash_nearest(const LeukoPhashes *a, const LeukoPhash *b);

gchar *leuko_phash_to_text(const LeukoPhash *hash); /* 64 hex digits; g_free */
gboolean leuko_phash_from_text(const char *text, LeukoPhash *out);
/* The eight orientations' hashes cannot be had from one hash; a stored one is compared as it is. */
