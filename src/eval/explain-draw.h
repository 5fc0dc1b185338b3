/* eval/explain-draw.h: the colors of heat, and the figures that show it. */
#pragma once
#include "image/text.h"
#include "leuko/explanation.h"

extern const ImageColor explain_for, explain_against;

/* Draw heat (height, width) over an image in gray, in place. range: full color, > 0. */
void explain_blend(LeukoImage *image, const float *heat, double range, double alpha);
/* Draw the scale of the colors: a bar from -range to range, on gray. */
void explain_draw_bar(LeukoImage *image, guint x, guint y, guint width, guint height, double alpha);
