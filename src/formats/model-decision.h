/* formats/model-decision.h: how a model's probabilities are calibrated and how its threshold was
 * chosen, as members of its description (formats/model-json.h). A file without them behaves as
 * before they existed.
 *
 *   "calibration": {"fitted_on": "validation", "images": 300, "groups": 12 (0: unknown),
 *                   "log_loss_before": 0.31, "log_loss_after": 0.28,
 *                   "isotonic": "used", "not better", "too few groups", "classes" or "not tried",
 *                   "cross_validated": {"temperature": 0.29, "isotonic": 0.27, "se": 0.01} or null,
 *                   "knots": [[x, y], ...]}   rising; empty: no map (stats/calibration.h)
 *   "threshold_rule": {"kind": "balanced", "sensitivity" or "cost",
 *                      "target": 0.95, "miss_cost": 10.0, "prevalence": 0.1 (null: does not apply),
 *                      "low": 0.41, "high": 0.62 (null: not estimable),
 *                      "positive_images": 150, "negative_images": 150, "groups": 6 (0: unknown),
 *                      "sensitivity_bound": 0.951 or null}
 * Numbers are finite; counts are 0 to 2^31 - 1; shares lie from 0 to 1. A map needs two classes,
 * one of them positive. */
#pragma once
#include "base/json.h"
#include "formats/model.h"

/* Add the members of a model that has them. */
void leuko_model_decision_to_json(const LeukoModel *model, json_t *json);
/* Read them, after the classes. Errors: LEUKO_ERROR_FORMAT, naming the member. */
gboolean leuko_model_decision_from_json(json_t *json, LeukoModel *model, const char *name,
                                        GError **error);
