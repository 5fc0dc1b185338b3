/* image/spectrum.h: 44 bytes of an image that a shift of a few pixels, flips and quarter turns
 * change little: its power at the lowest frequencies. They find copies that the perceptual hash
 * (image/phash.h) misses, because a shift changes signs of frequencies, but not their power.
 *
 * The luma at 64 x 64 (image/thumbnail.h), less its weighted mean, is multiplied by Hann's window,
 * which lets the borders fade, and Fourier-transformed. For each pair of frequencies u and v of 0
 * to 8 with u >= v and u >= 1, the powers at (u, v), (u, -v), (v, u) and (v, -u) are added: a flip
 * or a quarter turn exchanges these. In the order (1, 0), (1, 1), (2, 0), (2, 1), ..., a byte is
 * 16 ln(power + 100) - 72, rounded and limited to 0 to 255: 16 steps double the power 1.44 times.
 */
#pragma once
#include "image/phash.h"
#include "image/thumbnail.h"

G_BEGIN_DECLS

enum { LEUKO_SPECTRUM_BYTES = 44 };
/* Increment when the bytes change. */
enum { LEUKO_SPECTRUM_VERSION = 1 };

typedef struct {
    guint8 power[LEUKO_SPECTRUM_BYTES];
} LeukoSpectrum;

void leuko_spectrum_of(const LeukoLuma *luma, LeukoSpectrum *out);

/* The mean of the squared differences of the bytes. */
double leuko_spectrum_distance(const LeukoSpectrum *a, const LeukoSpectrum *b);

/* Bits by which near spectra can be searched like perceptual hashes that cannot turn
 * (image/phash-cluster.h): for each byte, whether it is above each of four limits. The limits part
 * the spectra of the data set into fifths, byte by byte.
 * spectra  (n)
 * plain    (n) the perceptual hashes of the images; the code of a blank one is blank
 * codes    (n) output */
void leuko_spectrum_encode(const LeukoSpectrum *spectra, const LeukoPhash *plain, guint n,
                           LeukoPhash *codes);

G_END_DECLS
