/* base/digest.h: short digests by which a model records its training data without holding the names
 * of patients.
 *
 * A model's provenance holds two sorted lists of distinct digests:
 *   "training_groups"    one per group (patient, slide) of the training split; empty without
 *                        groups
 *   "training_pictures"  one per image of the training split, over its encoded bytes
 * Evaluation compares its groups and images with these lists and warns about common ones.
 * A digest is the first 16 hex digits of SHA-256. Among a million different groups, two have the
 * same digest by chance with probability 3e-8.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

#define LEUKO_PROVENANCE_GROUPS "training_groups"
#define LEUKO_PROVENANCE_IMAGES "training_pictures"

gchar *leuko_group_digest(const char *group);                    /* g_free */
gchar *leuko_image_digest(gconstpointer encoded, gsize n_bytes); /* g_free */

/* A set of digests. Threads: one at a time. */
typedef struct LeukoDigestSet LeukoDigestSet;
LeukoDigestSet *leuko_digest_set_new(void);
void leuko_digest_set_free(LeukoDigestSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDigestSet, leuko_digest_set_free)

void leuko_digest_set_add(LeukoDigestSet *set, const char *digest);
void leuko_digest_set_add_group(LeukoDigestSet *set, const char *group); /* "" is ignored */
gboolean leuko_digest_set_has(const LeukoDigestSet *set, const char *digest);
guint leuko_digest_set_size(const LeukoDigestSet *set);
/* Add the strings of a JSON array; other elements are ignored. NULL adds nothing. */
void leuko_digest_set_add_json(LeukoDigestSet *set, json_t *array);
/* A sorted JSON array of strings, new reference. */
json_t *leuko_digest_set_to_json(const LeukoDigestSet *set);
/* A set with the strings of a JSON array; other elements are ignored. NULL gives an empty set. */
LeukoDigestSet *leuko_digest_set_from_json(json_t *array);
