/* formats/torch/torch.h: weights that torch.save() wrote, in a zip file or in the legacy format
 * (formats/torch/file.h): a state_dict, or a training checkpoint that contains one. Nothing in the
 * file is executed.
 */
#pragma once
#include "net/params.h"

/* The floating-point tensors as float32 under the file's names.
 * Errors: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT (file and tensor); LEUKO_ERROR_UNSUPPORTED (not
 * written by torch.save(), no floating tensor, a forbidden import). */
LeukoParams *leuko_torch_tensors(const char *path, GError **error);
/* The same; `types` (or NULL) gets tensor name (new) -> "F32", "F16", ... (static). */
LeukoParams *leuko_torch_tensors_typed(const char *path, GHashTable *types, GError **error);
