/* formats/weights/inspect.h: list the tensors of a file of weights, and those that are missing. */
#pragma once
#include "base/json.h"

/* {"file", "kind", "names" (or null: not Inception V3), "why_not", "classes",
 *  "pool_includes_padding", "depth_multiplier", "complete_endpoint" (or null),
 *  "tensors": [{"name", "shape", "type", "mean", "sd"}, ...],
 *  "missing": [{"endpoint", "first"}, ...]} the incomplete endpoints and their first missing tensor
 * type is that in the file; mean and sd are null for integer tensors and without a finite value.
 * New reference. Errors: those of leuko_foreign_tensors(). */
json_t *leuko_weights_inspect(const char *path, GError **error);
/* The same without reading every value: no mean and sd. */
json_t *leuko_weights_outline(const char *path, GError **error);
