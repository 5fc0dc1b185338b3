/* answer/stick.h: a Neural Compute Stick, through Intel's libmvnc (NCS API v1), loaded at run time.
 *
 * The stick runs a .graph that mvNCCompile of NCSDK v1 made from AMLGraph.pb. What the graph cannot hold
 * (classes, preprocessing, threshold) lies beside it in FILE.json, the AMLGraph.pb.json that `leuko
 * freeze` wrote; without it classes are numbers and the image is squashed to 299 x 299, and the model's
 * provenance has a "note" that says so.
 * The library is libmvnc.so.0 or libmvnc.so, or what the environment variable LEUKO_MVNC names.
 * Source: shared facts of NCS API v1; numbers enter and leave as IEEE half, channels last.
 * Threads: one at a time.
 */
#pragma once
#include "formats/model.h"

typedef struct LeukoStick LeukoStick;

/* Errors: LEUKO_ERROR_IO; LEUKO_ERROR_UNSUPPORTED (no library; no stick; another file than a graph of
 * NCSDK v1, by name; each status of the library, with what to do); LEUKO_ERROR_DATA: FILE.json speaks of
 * another number of classes than the stick answers with. Takes some seconds: the stick starts. */
LeukoStick *leuko_stick_open(const char *path, GError **error);
/* The graph and the stick are given back. NULL does nothing. */
void leuko_stick_free(LeukoStick *stick);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoStick, leuko_stick_free)

const LeukoModel *leuko_stick_model(const LeukoStick *stick); /* without parameters; borrowed */
/* x_chw (3, S, S) in [-1, 1]; logits (K): the logarithms of what the stick answers. */
gboolean leuko_stick_run(LeukoStick *stick, const float *x_chw, float *logits, GError **error);
