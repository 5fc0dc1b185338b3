/* formats/describe-weights.h: facts (formats/facts.h) about the weights in a file, ours or
 * third-party.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Count the tensors; unless is_model, also identify the network: layer names, endpoint up to which
 * it is complete, what the weights can be used for. Content that is not read becomes the fact
 * "weights".
 * Errors: a damaged file. */
gboolean leuko_weights_describe(const char *path, gboolean is_model, json_t *facts, GError **error);

/* A message without the "FILE: " that begins it. */
const char *leuko_weights_message(const char *message, const char *path);
