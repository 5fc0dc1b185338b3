/* image/phash.h: a perceptual hash of 255 bits. It finds the same image after re-encoding,
 * resizing, conversion to gray, a small change of brightness, flips and quarter turns.
 *
 * The luma is resized to 64 x 64 and cosine-transformed; each of the lowest 16 x 16 frequencies
 * except the mean gives one bit: whether it is positive. A flip negates the odd frequencies of its
 * axis and a quarter turn exchanges the axes, so the hash of one orientation gives all eight.
 * Source: the DCT hash of Zauner 2010, with 255 bits instead of 64, because centered white cells
 * look alike in 64 bits, and signs instead of a comparison with the median.
 *
 * Layout: frequency (y, x) is bit 63 - (8 * (y / 2) + x / 2) of word 3 where both are even, 2 where
 * x alone is odd, 1 where y alone is odd, and 0 where both are. The mean's place, the highest bit,
 * is 1. Hashes of Leuko 0.1 have a 0 there: they compare with the median, in another order, and one
 * of them is compared with others of its kind in its own orientation only.
 */
#pragma once
#include "image/thumbnail.h"

G_BEGIN_DECLS

#define LEUKO_PHASH_NEAR           24 /* bits; images at most this far apart are the same */
#define LEUKO_PHASH_EQUALIZED_NEAR 16 /* the same for leuko_phash_equalized() */
#define LEUKO_PHASH_MAX_RADIUS     64 /* bits that a search takes */

typedef struct {
    guint64 bits[4];
} LeukoPhash;

/* A nearly constant image has a blank hash: the standard deviation of its low frequencies is below
 * one level of gray. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_phash(const LeukoImage *image, LeukoPhash *out, GError **error);
/* The same of an image's luma. */
void leuko_phash_of_luma(const LeukoLuma *luma, LeukoPhash *out);

/* The hash of the image after an equalization of its luma, by the histogram of its pixels, smoothed
 * over neighboring levels. Of images with 256 pixels a side or more, every second, third, ... pixel
 * and row is read. Almost the same for an image and its equalized copies, of the luma or of each
 * channel, for which leuko_phash() is up to 82 bits apart; less certain than leuko_phash() for JPEG
 * copies of images with a black background. Word 0 is not used, so a hash is 24 bytes. Blank if the
 * plain hash is.
 * plain  leuko_phash() of the image
 * Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_phash_equalized(const LeukoImage *image, const LeukoPhash *plain, LeukoPhash *out,
                               GError **error);

/* Whether the hash has no bit set: it says nothing about its image. */
gboolean leuko_phash_is_blank(const LeukoPhash *hash);
/* Whether the hashes of the other seven orientations follow from this one. */
gboolean leuko_phash_can_turn(const LeukoPhash *hash);
/* The hash of the image with x and y exchanged. */
LeukoPhash leuko_phash_transpose(const LeukoPhash *hash);

/* The number of bits that differ. */
guint leuko_phash_distance(const LeukoPhash *a, const LeukoPhash *b);
/* The smallest number of bits that differ when `a` is flipped in none, either or both axes. */
guint leuko_phash_distance_flipped(const LeukoPhash *a, const LeukoPhash *b);
/* The smallest distance over the eight orientations; leuko_phash_distance() where one of the two
 * cannot turn; G_MAXUINT where one is blank. */
guint leuko_phash_nearest(const LeukoPhash *a, const LeukoPhash *b);

gchar *leuko_phash_to_text(const LeukoPhash *hash); /* 64 hex digits; g_free */
/* FALSE if `text` is not 64 hex digits. */
gboolean leuko_phash_from_text(const char *text, LeukoPhash *out);

G_END_DECLS
