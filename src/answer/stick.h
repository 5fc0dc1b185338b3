/* answer/stick.h: a Neural Compute Stick, through Intel's libmvnc (NCS API v1), loaded at run time.
 *
 * The stick runs a .graph that mvNCCompile of NCSDK v1 compiled from a frozen graph. Classes,
 * preprocessing and threshold are read from FILE.json beside it, a copy of the file that freezing
 * writes beside the frozen graph. Without FILE.json the classes are numbers, the image is resized
 * to 299 x 299, and the model's provenance has a "note" that says so.
 * The library is libmvnc.so.0 or libmvnc.so, or the path in the environment variable LEUKO_MVNC.
 * Numbers are sent and returned as IEEE half floats, channels last.
 * Source: Intel's NCSDK v1 C API (mvnc.h).
 * Threads: one at a time.
 */
#pragma once
#include "formats/model.h"

typedef struct LeukoStick LeukoStick;

/* Errors: LEUKO_ERROR_IO; LEUKO_ERROR_UNSUPPORTED: no library, no stick, another kind of file than
 * a graph of NCSDK v1 (the message names it), or a status of the library (with what to do);
 * LEUKO_ERROR_DATA: FILE.json has another number of classes than the stick returns.
 * Cost: a few seconds for the start of the stick. */
LeukoStick *leuko_stick_open(const char *path, GError **error);
/* Release the graph and the stick. NULL does nothing. */
void leuko_stick_free(LeukoStick *stick);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStick, leuko_stick_free)

const LeukoModel *leuko_stick_model(const LeukoStick *stick); /* without parameters; borrowed */
/* Run one image. x_chw (3, S, S) in [-1, 1]; logits (K), filled: the logarithms of the
 * probabilities that the stick returns. Errors: LEUKO_ERROR_UNSUPPORTED, LEUKO_ERROR_DATA as
 * above. */
gboolean leuko_stick_run(LeukoStick *stick, const float *x_chw, float *logits, GError **error);
