/* data/pixel-check.h: images that cannot be a cell: of one color, black, white, without color.
 *
 * Judged on a grid of at most 128 x 128 pixels; the luma is that of image/phash.h, the colorfulness
 * of a pixel is its largest channel minus its smallest.
 *   constant      no channel spans more than 2 levels
 *   nearly black  99 % of the pixels have a luma of at most 32
 *   nearly white  99 % of the pixels have a luma of at least 245
 *   colorless     99 % of the pixels have a colorfulness of at most 12
 * An image has the first of these that applies.
 */
#pragma once
#include "leuko/image.h"

typedef enum {
    LEUKO_PIXELS_USUAL,
    LEUKO_PIXELS_CONSTANT,
    LEUKO_PIXELS_BLACK,
    LEUKO_PIXELS_WHITE,
    LEUKO_PIXELS_COLORLESS
} LeukoPixelKind;

LeukoPixelKind leuko_pixel_check(const LeukoImage *image);
