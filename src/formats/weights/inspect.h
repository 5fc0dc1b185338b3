/* formats/weights/inspect.h: list the tensors of a file of weights, and the missing ones. */
#pragma once
#include "base/json.h"

/* {"file", "kind", "names" (or null: not Inception V3), "why_not", "classes",
 *  "classifier" (its layer, or null), "why_no_classifier" (or null), "pool_includes_padding",
 *  "depth_multiplier", "complete_endpoint" (or null),
 *  "tensors": [{"name", "shape", "type", "mean", "sd"}, ...],
 *  "missing": [{"endpoint", "first"}, ...]}
 * type      the number type in the file
 * mean, sd  mean and standard deviation; null for integer tensors and if they are not finite
 * missing   every incomplete endpoint, with a message about its first missing tensor
 * New reference. Errors: those of leuko_foreign_tensors(). */
json_t *leuko_weights_inspect(const char *path, GError **error);
/* The same without mean and sd, so that not every value is read. */
json_t *leuko_weights_outline(const char *path, GError **error);

/* The network of such a report: "Inception V3 under slim's names, depth multiplier 1, 1001 classes,
 * complete to Mixed_7c"; of another network, why it is not Inception V3. g_free. */
gchar *leuko_weights_network_text(const json_t *report);
/* The whole report for a person: a line per tensor, the network, a line per incomplete endpoint;
 * without the last newline. g_free. */
gchar *leuko_weights_report_text(const json_t *report);
