/* formats/weights/read.h: weights of Inception V3 from any file that Leuko can read, by content.
 *
 * Every reader of a format returns the floating tensors as the file has them: its names, its
 * layouts, as float32 (F16, BF16 and F64 converted; integers ignored).
 * Errors of all: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (file and position), LEUKO_ERROR_UNSUPPORTED
 * (what the file is instead).
 */
#pragma once
#include "formats/layer-names.h"
#include "net/net.h"

/* The tensors of a file, under its own names. */
LeukoParams *leuko_foreign_tensors(const char *path, GError **error);
/* The same under slim's names. */
LeukoParams *leuko_foreign_slim(const char *path, LeukoForeign *found, GError **error);

/* Initial weights for training: parameters under slim's names, and the network that they belong to.
 * spec      in: endpoint ("" = all that the file holds), side_px (0 = the file's); out: filled in,
 *           n_classes 0
 * Errors    LEUKO_ERROR_DATA: a tensor that the wanted endpoint needs is missing (named) */
LeukoParams *leuko_weights_load(const char *path, LeukoNetSpec *spec, GError **error);
