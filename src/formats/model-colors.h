/* formats/model-colors.h: the colors that a model knows, as members of its description
 * (formats/model-json.h). Both are absent if there are none.
 *
 *   "colors": {"mean": [l, alpha, beta], "sd": [l, alpha, beta], "images": 900}: of the training
 *             images, preprocessed
 *   in "preprocessing": "color": {"scale": [l, alpha, beta], "shift": [l, alpha, beta]}
 *             (image/color-transfer.h)
 * Numbers are finite; a standard deviation is positive; a scale is 0.01 to 100. */
#pragma once
#include "base/json.h"
#include "formats/model.h"

/* Add the members of a model that has them. preprocessing: the object of that name. */
void leuko_model_colors_to_json(const LeukoModel *model, json_t *json, json_t *preprocessing);
/* Read them. Errors: LEUKO_ERROR_FORMAT, naming the member. */
gboolean leuko_model_colors_from_json(json_t *json, json_t *preprocessing, LeukoModel *model,
                                      const char *name, GError **error);
