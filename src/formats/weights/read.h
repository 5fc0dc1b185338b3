/* formats/weights/read.h: weights of Inception V3 from any file that Leuko can read.
 *
 * The content of the file selects the reader, not its name. Every reader returns the floating-point
 * tensors under the file's names and in the file's layouts, as float32 (F16, BF16 and F64 are
 * converted, integers are ignored).
 * Errors of all functions: LEUKO_ERROR_IO; LEUKO_ERROR_FORMAT with file and position;
 * LEUKO_ERROR_UNSUPPORTED, which says what kind of file it is.
 */
#pragma once
#include "formats/layer-names.h"
#include "net/net.h"

/* The tensors of a file, under its own names. */
LeukoParams *leuko_foreign_tensors(const char *path, GError **error);
/* The same under slim's names. */
LeukoParams *leuko_foreign_slim(const char *path, LeukoForeign *found, GError **error);

/* Initial weights for training: parameters under slim's names, and the network that they belong to.
 * spec      in: endpoint ("" = the last one that the file holds), side_px (0 = the file's);
 *           out: every member, n_classes is 0
 * Errors    LEUKO_ERROR_DATA: a tensor that the endpoint needs is missing (the message names it) */
LeukoParams *leuko_weights_load(const char *path, LeukoNetSpec *spec, GError **error);

/* "no description ...", static, for a kind of file that Leuko writes with a description beside it
 * (FILE.pb.json, FILE.ckpt.json), if it is absent; else NULL. */
const char *leuko_weights_lack_description(const char *path);
