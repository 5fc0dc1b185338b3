/* image/centered.h: three perceptual hashes of an image that a shift of a few pixels changes
 * little: each of a square around a place that moves with what the image shows. They find shifted
 * copies that the hash of the whole image (image/phash.h) misses. Flips and quarter turns act on
 * them as on that hash.
 *
 * Method: on the luma at 64 x 64 (image/thumbnail.h), the weight of a pixel is the squared
 * difference of its luma from the background's, which is the most frequent one: the maximum of the
 * histogram after smoothing by a normal distribution of 5 levels. The place is where the weights,
 * smoothed by a normal distribution of so many pixels, are largest, among the pixels near the
 * middle; a parabola through the neighbors gives its fraction of a pixel. The square around it,
 * sampled linearly at 64 x 64, is hashed (leuko_phash_of_luma()).
 *
 *     hash   smoothed by   cut off at   place within      square
 *     0      8 px          20 px        10 px of middle   42 px
 *     1      4 px          16 px        14 px             34 px
 *     2      5 px          15 px        16 px             30 px
 *
 * The first place is the nucleus or the cell, the others are rather a lobe of it or a cell near the
 * border. Where two places weigh the same, a shift may exchange them: of three hashes, one is
 * stable more often than a single one. Measured: docs/measurements.md.
 */
#pragma once
#include "image/phash.h"

G_BEGIN_DECLS

enum { LEUKO_CENTERED_HASHES = 3 };
/* Increment when the hashes change. */
enum { LEUKO_CENTERED_VERSION = 1 };
/* bits; an image and its shifted copy are at most this far apart in one of the hashes */
enum { LEUKO_CENTERED_NEAR = 24 };

typedef struct {
    LeukoPhash at[LEUKO_CENTERED_HASHES]; /* blank where the square is nearly constant */
} LeukoCentered;

/* The hashes as bytes: word by word, each with its lowest byte first. */
enum { LEUKO_CENTERED_BYTES = LEUKO_CENTERED_HASHES * (int)sizeof(LeukoPhash) };
void leuko_centered_to_bytes(const LeukoCentered *hashes, guint8 bytes[LEUKO_CENTERED_BYTES]);
void leuko_centered_from_bytes(const guint8 bytes[LEUKO_CENTERED_BYTES], LeukoCentered *out);

void leuko_centered_of(const LeukoLuma *luma, LeukoCentered *out);

/* The place of hash k, for tests: 0 to 63 along each axis. */
void leuko_centered_place(const LeukoLuma *luma, guint k, double *y, double *x);

G_END_DECLS
