/* formats/foreign.h: what parameters under slim's names say about their network, and the
 * classifier that third-party weights make. The readers of the file formats map their tensors with
 * formats/layer-names.h first; no reader executes anything that a file says.
 */
#pragma once
#include "formats/layer-names.h"
#include "formats/model.h"
#include <jansson.h>

/* Derive the network: depth multiplier, the last endpoint that has any tensor, 299 px, the number
 * of classes of the classifier (0 = none). Errors: LEUKO_ERROR_UNSUPPORTED (no block of Inception
 * V3). */
gboolean leuko_foreign_spec(const LeukoParams *params, const char *path, LeukoNetSpec *spec,
                            GError **error);
/* The last endpoint up to which no tensor is missing, or NULL; static. */
const char *leuko_foreign_complete_endpoint(const LeukoParams *params, const LeukoNetSpec *spec);

/* The class names of third-party weights: "0".."K-1"; of 1001 classes "background", "0".."999".
 * New. */
GStrv leuko_foreign_classes(const LeukoForeign *found);

/* Make the classifier of these parameters (shared). Preprocessing: that of the network's authors,
 * as near as LeukoPreprocess can express it. The provenance holds "source".
 * Errors: LEUKO_ERROR_DATA (no classifier, a tensor missing or of the wrong shape),
 * LEUKO_ERROR_UNSUPPORTED. */
LeukoModel *leuko_foreign_model(LeukoParams *params, const LeukoForeign *found, const char *path,
                                GError **error);

/* {"names", "file", "background_class"[, "transform_input"]}: where converted weights come from. It
 * is the "source" of a model's provenance, and of the metadata entry "leuko_weights" of converted
 * weights without a classifier. New reference. */
json_t *leuko_foreign_source_json(const LeukoForeign *found, const char *path);

/* Rewrite a network that was trained on (image / 255 - mean) / deviation of ImageNet's three colors
 * so that it gives the same answers on x / 127.5 - 1. Exact up to rounding, because the first
 * convolution has batch norm and no padding. Errors: LEUKO_ERROR_DATA (no such convolution). */
gboolean leuko_foreign_fold_imagenet(LeukoParams *params, const char *path, GError **error);
