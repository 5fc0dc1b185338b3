/* formats/facts.h: what a file says about itself, as an ordered list of keys and texts: a JSON
 * object whose values are all strings of one line.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Set `key` to a text, made one line of valid UTF-8; a key that is there keeps its position. */
void leuko_facts_set(json_t *facts, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);
gboolean leuko_facts_has(const json_t *facts, const char *key);
