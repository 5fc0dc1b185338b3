/* formats/weights/inspect.h: what a file of weights holds, tensor by tensor, and what it lacks. */
#pragma once
#include "base/json.h"

/* {"file", "kind", "names" (or null: not Inception V3), "why_not", "classes",
 *  "pool_includes_padding", "depth_multiplier", "complete_endpoint" (or null),
 *  "tensors": [{"name", "shape", "type", "mean", "sd"}, ...],
 *  "missing": [{"endpoint", "first"}, ...] the endpoints that lack something, and what}
 * type is the file's; mean and sd are null for tensors of integers, and without a finite value.
 * New reference. Errors: those of leuko_foreign_tensors(). */
json_t *leuko_weights_inspect(const char *path, GError **error);
/* The same without reading every value: no mean and sd. */
json_t *leuko_weights_outline(const char *path, GError **error);
