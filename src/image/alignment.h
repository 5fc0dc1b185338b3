/* image/alignment.h: whether two images are copies of each other, by the correlation of their
 * details after one is flipped, turned and shifted onto the other.
 *
 * Candidates come from perceptual hashes (image/phash.h, image/centered.h). These look at coarse
 * features, which other cells may share: a dark disk in the middle. The details of
 * two photographs differ.
 *
 * Method: the thumbnail is smoothed by (1 2 1) / 4 along both axes. Its detail is the difference
 * from the mean of the 7 x 7 pixels around, divided by their standard deviation plus 3 levels:
 * strong edges weigh no more than faint structure, and noise in flat areas weighs little. Pixels
 * beyond the border repeat it. The inner 48 x 48 pixels of one detail are correlated with the
 * other in each of the eight orientations at shifts of up to 4 pixels along each axis, 1 / 16 of
 * the side: first at whole pixels, and from the best of them at halves and quarters, between which
 * is interpolated linearly. The correlation is Pearson's (normalized cross-correlation, as OpenCV's
 * TM_CCOEFF_NORMED).
 */
#pragma once
#include "image/thumbnail.h"

G_BEGIN_DECLS

/* The correlation at or above which two images are one: of any two, and of two whose perceptual
 * hashes are near. Measured: docs/measurements.md. */
#define LEUKO_ALIGNMENT_SAME      0.95
#define LEUKO_ALIGNMENT_NEAR_SAME 0.8

enum { LEUKO_ALIGNMENT_REACH = 4 }; /* pixels of a thumbnail */

typedef struct {
    float at[LEUKO_THUMBNAIL_SIDE][LEUKO_THUMBNAIL_SIDE]; /* (y, x) */
} LeukoDetail;

void leuko_detail_of(const LeukoThumbnail *thumbnail, LeukoDetail *out);

/* The correlation of the inner part of `a` with that of `b` shifted by (dy, dx), each at most
 * LEUKO_ALIGNMENT_REACH; 0 where one of them is constant. */
double leuko_detail_correlation(const LeukoDetail *a, const LeukoDetail *b, double dy, double dx);

/* The largest correlation over orientations and shifts that the method above finds. An orientation
 * that reaches `enough` ends the search. In [-1, 1]. Cost: up to 0.5 ms. */
double leuko_detail_align(const LeukoDetail *a, const LeukoDetail *b, double enough);

G_END_DECLS
