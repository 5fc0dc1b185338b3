/* eval/explain-figure.h: a figure with other words, and an explanation as JSON. */
#pragma once
#include "leuko/explanation.h"
#include <jansson.h>

/* leuko_explanation_figure() with another headline and other lines (at most 3, NULL: none) below
 * it. */
LeukoImage *explain_figure(const LeukoExplanation *x, const LeukoImage *image, double alpha,
                           const char *headline, const char *const *lines, GError **error);
/* One explained image as JSON: a new reference. */
json_t *leuko_explanation_json(const LeukoExplanation *x);
