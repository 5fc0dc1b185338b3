/* formats/facts.h: a description of a file, as an ordered list of keys and texts: a JSON object
 * whose values are strings of one line.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Set `key` to a text, which becomes one line of UTF-8. An existing key keeps its position. */
void leuko_facts_set(json_t *facts, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);
gboolean leuko_facts_has(const json_t *facts, const char *key);
