/* formats/model-guards.h: which images a model leaves to a person, as members of its description
 * (formats/model-json.h). A file without them refers no image for these reasons.
 *
 *   "referral": {"miss_bound": 0.05, "of": "answered" or "all" (absent: "all"), "confidence": 0.9,
 *                "by_groups": true,
 *                "classes": [{"promise": "confident", "average" or "none", "limit": 1.25,
 *                             "images": 400, "units": 60}, ...]}   (stats/referral.h)
 *   "typical": {"limit": 0.31 or null, "axes": 32,
 *               "images": 800, "groups": 0 (unknown), "mean": -0.02, "between": 0.001,
 *               "within": 0.004, "numbers": "..."}   (stats/typical.h)
 *      numbers: base64 of little-endian float32: means (K, C), axes (r, C), precisions (r + 1),
 *      with C = the features of the network
 * Numbers are finite. miss_bound and confidence lie between 0 and 1, limits of classes from -100 to
 * 100; a precision is positive. */
#pragma once
#include "base/json.h"
#include "formats/model.h"

/* Add the members of a model that has them. */
void leuko_model_guards_to_json(const LeukoModel *model, json_t *json);
/* Read them, after the classes and the architecture. Errors: LEUKO_ERROR_FORMAT, naming the
 * member. */
gboolean leuko_model_guards_from_json(json_t *json, LeukoModel *model, const char *name,
                                      GError **error);
