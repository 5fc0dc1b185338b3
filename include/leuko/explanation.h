/* leuko/explanation.h: the heat map of one image, made by leuko/explain.h, and its drawings.
 *
 * Shapes: an image has H x W pixels; a map has rows x columns positions.
 * Threads: constant; any number of readers.
 */
#pragma once
#include "leuko/answer.h"

G_BEGIN_DECLS

#define LEUKO_EXPLAIN_ALPHA 0.6 /* opacity of the strongest heat in an overlay */

/* Made by leuko_explainer_explain() only. Later versions may add members at the end. */
typedef struct {
    LeukoAnswer *answer; /* the model's answer to the image; its classes are the model's */
    gint explained;      /* the class that the map explains, 0..K-1 */
    gboolean is_exact;
    double score;        /* of the explained class: its logit minus the mean of the others */
    guint rows, columns; /* of the map */
    float *map; /* (rows, columns): above 0 speaks for the class, below 0 against it. Exact: scores,
                   whose mean is `score` */

    /* Position (0, 0) of the map has its center at pixel (left, top) of the image, whose pixels
     * have their centers at whole numbers; the next ones are step_x and step_y pixels away. The
     * network saw pixels from (seen_left, seen_top) on, seen_width x seen_height of them. */
    guint width, height; /* of the image */
    double left, top, step_x, step_y;
    double seen_left, seen_top, seen_width, seen_height;

    /* The cell, found by a simple rule (image/cell-mask.h). Heat is what speaks for the class:
     * the map above 0. */
    gboolean has_cell;      /* FALSE: none was found; the members below are then NAN and FALSE */
    double cell_share;      /* of the pixels that the network saw */
    double inside, outside; /* mean heat of a pixel */
    double ratio;           /* inside / outside; INFINITY: no heat outside; NAN: no heat at all */
    gboolean peak_inside;
    guint peak_x, peak_y; /* the pixel with the largest value of the map */
} LeukoExplanation;

void leuko_explanation_free(LeukoExplanation *explanation); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoExplanation, leuko_explanation_free)

/* The map at each pixel of an image of this size (the explained one, or the same scaled), bilinear
 * between the positions of the map; 0 where the network saw nothing. (height, width), g_free.
 * Errors: LEUKO_ERROR_ARGUMENT (the size), LEUKO_ERROR_MEMORY. */
float *leuko_explanation_heat(const LeukoExplanation *explanation, guint width, guint height,
                              GError **error);
/* The largest absolute value of the map: full color in an overlay. */
double leuko_explanation_range(const LeukoExplanation *explanation);

/* Draw the map over the image in gray: orange speaks for the class, blue against it (colors that
 * people who do not see red or green tell apart); transparent at 0.
 * image  the explained image, or the same in another size; the result has its size
 * alpha  opacity of the largest value, 0 to 1
 * Errors: LEUKO_ERROR_ARGUMENT (alpha), LEUKO_ERROR_MEMORY. */
LeukoImage *leuko_explanation_overlay(const LeukoExplanation *explanation, const LeukoImage *image,
                                      double alpha, GError **error);
/* The image, the overlay and below them a caption: the file, the class that is explained, the
 * answer and its probability, and the scale of the colors. Both are drawn at the image's size, or,
 * if its longer side is below 200 px, at a multiple near 299. Of an image with a side above 6000 px
 * only the overlay is drawn.
 * Errors: as leuko_explanation_overlay(); LEUKO_ERROR_UNSUPPORTED (libvips draws no text). */
LeukoImage *leuko_explanation_figure(const LeukoExplanation *explanation, const LeukoImage *image,
                                     double alpha, GError **error);

G_END_DECLS
