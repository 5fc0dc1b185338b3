/* formats/training-tensors.h: the digests of training images as tensors of a safetensors file, so
 * that a program which only classifies never reads them. */
#pragma once
#include "formats/safetensors.h"
#include "formats/training-list.h"

/* Append a tensor for each list with images to `tensors` (of LeukoSafetensor). The names go to
 * `names`, which owns them; the data is borrowed from the lists. */
void leuko_training_tensors(const GPtrArray *lists, GArray *tensors, GPtrArray *names);
/* Give the lists the images that `file` has as tensors (parts of its mapping, not read here). A
 * list whose tensor is absent stays without images.
 * found   gets the names of the tensors of lists; NULL: not wanted
 * Errors  LEUKO_ERROR_FORMAT (a tensor of another type or shape) */
gboolean leuko_training_tensors_attach(GPtrArray *lists, const LeukoSafetensors *file,
                                       const char *name, GPtrArray *found, GError **error);
