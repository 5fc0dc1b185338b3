/* formats/model-file.h: models in files. leuko_model_load() (leuko/model.h) opens every kind.
 *
 * Our own format is safetensors (formats/safetensors.h):
 *   1. __metadata__ "leuko": the model's description (formats/model-json.h)
 *   2. tensors under slim's names, float32 or, for half the size, convolutions as float16
 */
#pragma once
#include "formats/layer-names.h"
#include "formats/model.h"

/* Write a model of our own format; the file appears whole or not at all. Errors: LEUKO_ERROR_IO. */
gboolean leuko_model_save(const LeukoModel *model, const char *path, GError **error);
/* The same under these names, with convolution weights as F16 if `half` (about three digits).
 * leuko_model_load() reads it back. */
gboolean leuko_model_save_named(const LeukoModel *model, LeukoLayerNames names, gboolean half,
                                const char *path, GError **error);

/* Load a complete classifier from any file that Leuko can read, ours or third-party (.pth,
 * safetensors under torchvision's names, ...); leuko_foreign_model() says what a third-party file
 * becomes. Errors: LEUKO_ERROR_DATA (no classifier in it); others as for leuko_model_load(). */
LeukoModel *leuko_model_load_any(const char *path, GError **error);
