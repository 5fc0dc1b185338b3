/* report/mistake-maps.h: heat maps of the worst mistakes (eval/explain.h). */
#pragma once
#include "leuko/dataset.h"
#include <gio/gio.h>
#include <jansson.h>

/* Add to each of the mistakes of a model (leuko_report_mistakes_json()) "map", a JPEG as a data URI
 * with the map of the decided class over the image, and "heat": {"endpoint", "inside_share" (of the
 * heat, null without a cell), "ratio", "peak_inside"}; and to `mistakes` "maps": true and "doubts",
 * a list of sentences why the maps of a model say little about the place. Where no maps can be had,
 * "no_maps" says why, and the mistakes stay as they are.
 * model  a path; if the mistakes name models ("model"), only those of this one get maps
 * Threads: one, so that the maps do not depend on their number.
 * Errors: LEUKO_ERROR_CANCELLED. */
gboolean leuko_report_add_maps(json_t *mistakes, const char *model, const LeukoDataset *dataset,
                               GCancellable *cancellable, GError **error);
