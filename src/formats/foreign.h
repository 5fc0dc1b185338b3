/* formats/foreign.h: derive the network from parameters under slim's names, and make a classifier
 * from third-party weights. Each reader of a file format first maps its tensors with
 * formats/layer-names.h. No reader executes code from a file.
 */
#pragma once
#include "formats/layer-names.h"
#include "formats/model.h"
#include <jansson.h>

/* Derive the network: depth multiplier, the last endpoint that has any tensor, side 299 px, number
 * of classes (0 = no classifier). Errors: LEUKO_ERROR_UNSUPPORTED (no block of Inception V3). */
gboolean leuko_foreign_spec(const LeukoParams *params, const char *path, LeukoNetSpec *spec,
                            GError **error);
/* The last endpoint to which the weights are complete, or NULL; static. */
const char *leuko_foreign_complete_endpoint(const LeukoParams *params, const LeukoNetSpec *spec);

/* The class names of third-party weights: "0".."K-1"; with 1001 classes "background", "0".."999".
 * g_strfreev. */
GStrv leuko_foreign_classes(const LeukoForeign *found);

/* Make a classifier from these parameters (shared). Its preprocessing is that of the network's
 * authors, as closely as LeukoPreprocess can express it. Its provenance has a "source". A network
 * of one output z, the logit of a sigmoid, gets the two outputs 0 and z, whose softmax is the
 * sigmoid of z; class 1 is then the positive class.
 * Errors: LEUKO_ERROR_DATA (no classifier, a tensor missing or of the wrong shape),
 * LEUKO_ERROR_UNSUPPORTED (a classifier that is not one linear layer; found->no_head). */
LeukoModel *leuko_foreign_model(LeukoParams *params, const LeukoForeign *found, const char *path,
                                GError **error);

/* {"names", "file", "background_class"[, "transform_input"]}: the source of converted weights. It
 * becomes "source" in a model's provenance, or in the metadata entry "leuko_weights" of converted
 * weights without a classifier. New reference. */
json_t *leuko_foreign_source_json(const LeukoForeign *found, const char *path);

/* Change a network that was trained on (image / 255 - mean) / deviation, with ImageNet's mean and
 * deviation, so that it gives the same answers on image / 127.5 - 1. The result is exact up to
 * rounding, because the first convolution has batch norm and no padding.
 * Errors: LEUKO_ERROR_DATA (no such convolution). */
gboolean leuko_foreign_fold_imagenet(LeukoParams *params, const char *path, GError **error);
