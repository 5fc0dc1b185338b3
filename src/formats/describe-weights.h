/* formats/describe-weights.h: facts (formats/facts.h) about the weights in a file, ours or
 * third-party.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Count the tensors; unless is_model, also identify the network: layer names, last complete
 * endpoint, possible use. For a file of another kind, the fact "weights" says why it has none.
 * Errors: a damaged file. */
gboolean leuko_weights_describe(const char *path, gboolean is_model, json_t *facts, GError **error);

/* A message without its prefix "FILE: ". */
const char *leuko_weights_message(const char *message, const char *path);
