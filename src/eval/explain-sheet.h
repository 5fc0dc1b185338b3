/* eval/explain-sheet.h: a contact sheet: images beside their heat maps, each with a caption. */
#pragma once
#include "leuko/explanation.h"

/* A tile: the image and its overlay, and below them the truth, the answer and the file's name.
 * truth: the name of the true class, or NULL. Errors: those of leuko_explanation_overlay() and
 * image_text_draw(). */
LeukoImage *explain_tile(const LeukoExplanation *explanation, const LeukoImage *image,
                         const char *truth, double alpha, GError **error);
/* All tiles (of LeukoImage) under a title; `note` is the line below the title. An empty sheet says
 * so. Errors: LEUKO_ERROR_MEMORY, those of image_text_draw(). */
LeukoImage *explain_sheet(const GPtrArray *tiles, const char *title, const char *note,
                          GError **error);
