/* formats/model-json.h: the description of a model as JSON. The same object is the metadata entry
 * "leuko" of a safetensors or ONNX file, and FILE.json beside a GraphDef or a checkpoint.
 *
 *   {"format": 1 (2: with a calibration map or views, 3: with a change of colors, which earlier
 *              versions do not know),
 *    "architecture": {"name": "inception_v3", "depth_multiplier": 1.0, "endpoint": "Mixed_7c",
 *                     "side": 299, "pool_includes_padding": false},
 *    "classes": ["hem", "all"], "positive": "all" or null,
 *    "preprocessing": {"side": 299, "crop_fraction": 1.0, "antialias": true},
 *    "views": 8 (absent: 1),
 *    "threshold": 0.5 or null, "patient_share": 0.3 (absent: not learned), "temperature": 1.0,
 *    "refer": [0.4, 0.6] or null,
 *    "calibration", "threshold_rule": formats/model-decision.h, absent if there is none,
 *    "referral", "typical": formats/model-guards.h, absent if there is none,
 *    "colors", and "color" in "preprocessing": formats/model-colors.h, absent if there are none,
 *    "provenance": {..., "training": [...]}}
 *
 * "training": formats/training-list.h. It is LeukoModel.training, not a part of its provenance.
 */
#pragma once
#include "base/json.h"
#include "formats/model.h"

enum { LEUKO_MODEL_FORMAT = 3 };

json_t *leuko_model_to_json(const LeukoModel *model); /* new reference */
/* The same without the digests of images, which the caller writes as tensors. */
json_t *leuko_model_to_json_apart(const LeukoModel *model);
/* A model without parameters; `name` is the file's name in messages. Errors: LEUKO_ERROR_FORMAT (a
 * member is missing or out of range), LEUKO_ERROR_UNSUPPORTED (a later format). */
LeukoModel *leuko_model_from_json(json_t *json, const char *name, GError **error);
