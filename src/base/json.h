/* base/json.h: jansson with stricter limits and with GError.
 *
 * Reading refuses duplicate keys, NUL bytes and more than 64 levels (jansson allows 2048); errors
 * give file, line and column. The memory of all values is drawn from a budget of the text's size
 * before any is allocated (base/budget.h). A written file appears whole or not at all
 * (base/durable.h).
 */
#pragma once
#include "base/spool.h"
#include <glib.h>
#include <jansson.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* Parse n_bytes; `name` is the file name in messages. Returns a new reference.
 * Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_MEMORY. */
json_t *leuko_json_parse(const char *text, gsize n_bytes, const char *name, GError **error);
/* Read a whole file of at most 256 MiB. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT. */
json_t *leuko_json_load(const char *path, GError **error);
/* Write JSON, indented, keys in insertion order, reals with 9 significant digits. path "-":
 * standard output. Written piece by piece. Errors: LEUKO_ERROR_IO, LEUKO_ERROR_MEMORY. */
gboolean leuko_json_save(json_t *json, const char *path, GError **error);
/* A long list that is a member of an object. */
typedef struct {
    const char *key;
    guint n;
    json_t *(*item)(gconstpointer owner, guint index); /* makes an item: a new reference */
    gconstpointer owner;
} LeukoJsonList;

/* As leuko_json_save(), of an object with long lists, of which one item at a time is in memory. For
 * each list, the object has an empty list of that key in its place. */
gboolean leuko_json_save_lists(json_t *json, const LeukoJsonList *lists, guint n_lists,
                               const char *path, GError **error);
/* The same with one list, whose items were collected before.
 * items  of leuko_json_append_item(); NULL: an empty list
 * rest   more members of the object, behind the list */
gboolean leuko_json_save_list(json_t *json, const char *key, LeukoSpool *items, json_t *rest,
                              const char *path, GError **error);
/* Append an item of the list `key` of an object. */
void leuko_json_append_item(LeukoSpool *items, json_t *item);
/* One line, no indentation; free with g_free. */
gchar *leuko_json_to_line(json_t *json);

/* Get a member of an object. A missing member or one of another type is LEUKO_ERROR_FORMAT:
 * "NAME: KEY must be a string". Strings are borrowed from `object`. */
gboolean leuko_json_get_string(json_t *object, const char *key, const char **out, const char *name,
                               GError **error);
gboolean leuko_json_get_int(json_t *object, const char *key, gint64 low, gint64 high, gint64 *out,
                            const char *name, GError **error);
gboolean leuko_json_get_real(json_t *object, const char *key, double low, double high, double *out,
                             const char *name, GError **error);
gboolean leuko_json_get_bool(json_t *object, const char *key, gboolean *out, const char *name,
                             GError **error);

/* Check the member "format", the number of a file's format, 1 to `newest`.
 * Errors: LEUKO_ERROR_FORMAT; LEUKO_ERROR_UNSUPPORTED: the number is larger. */
gboolean leuko_json_check_format(json_t *object, gint newest, const char *name, GError **error);

/* A string from text in any encoding, such as a path: leuko_valid_text(). */
json_t *leuko_json_text(const char *text);

/* A finite number, or null: JSON has no NaN. */
json_t *leuko_json_real_or_null(double value);

/* A number, also NAN, as a text from which the same number is read again. */
json_t *leuko_json_exact(double value);
/* Read it: FALSE unless it is NAN or from `low` to `high`. text may be NULL. */
gboolean leuko_json_exact_value(json_t *text, double low, double high, double *out);
