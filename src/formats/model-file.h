/* formats/model-file.h: models in files. leuko_model_load() (leuko/model.h) opens every kind.
 *
 * Leuko's own format is safetensors (formats/safetensors.h):
 *   1. __metadata__ "leuko": the model's description (formats/model-json.h)
 *   2. tensors under slim's names, float32 or, for half the size, convolutions as float16
 *   3. the digests of the training images, U8 (formats/training-list.h)
 */
#pragma once
#include "formats/layer-names.h"
#include "formats/model.h"

/* Write a model in Leuko's format; the file appears whole or not at all. Errors: LEUKO_ERROR_IO. */
gboolean leuko_model_save(const LeukoModel *model, const char *path, GError **error);
/* The same under other layer names, and if `half`, with convolution weights as F16 (about three
 * digits). leuko_model_load() reads such a file too. */
gboolean leuko_model_save_named(const LeukoModel *model, LeukoLayerNames names, gboolean half,
                                const char *path, GError **error);

/* TRUE if leuko_model_load() reads the file: Leuko wrote it, or it is a frozen graph. */
gboolean leuko_model_is_ours(const char *path);
/* Load a complete classifier from any file that Leuko can read, its own or third-party (.pth,
 * safetensors under torchvision's names, ...). leuko_foreign_model() converts third-party files.
 * Errors: LEUKO_ERROR_DATA (no classifier in the file); those of leuko_model_load(). */
LeukoModel *leuko_model_load_any(const char *path, GError **error);
