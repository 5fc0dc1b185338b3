/* base/digest.h: short digests by which a model remembers what it has trained on, without holding
 * any name of a patient.
 *
 * A model's provenance carries two sorted lists of distinct digests:
 *   "training_groups"    one per group (patient, slide) of the training part, none where there
 *                        are no groups
 *   "training_pictures"  one per image of the training part, over its encoded bytes
 * Evaluation compares its own groups and images with them and warns where they meet.
 * A digest is the first 16 hex digits of SHA-256: by chance two of a million differ-named groups
 * meet with probability 3e-8.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

#define LEUKO_PROVENANCE_GROUPS "training_groups"
#define LEUKO_PROVENANCE_IMAGES "training_pictures"

gchar *leuko_group_digest(const char *group);                    /* g_free */
gchar *leuko_image_digest(gconstpointer encoded, gsize n_bytes); /* g_free */

/* A set of digests to collect in. */
typedef struct LeukoDigestSet LeukoDigestSet;
LeukoDigestSet *leuko_digest_set_new(void);
void leuko_digest_set_free(LeukoDigestSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoDigestSet, leuko_digest_set_free)

void leuko_digest_set_add(LeukoDigestSet *set, const char *digest);
void leuko_digest_set_add_group(LeukoDigestSet *set, const char *group); /* "" is passed over */
void leuko_digest_set_add_image(LeukoDigestSet *set, gconstpointer encoded, gsize n_bytes);
gboolean leuko_digest_set_has(const LeukoDigestSet *set, const char *digest);
guint leuko_digest_set_size(const LeukoDigestSet *set);
/* All of such a JSON array; what is not a string is passed over, NULL adds nothing. */
void leuko_digest_set_add_json(LeukoDigestSet *set, json_t *array);
/* A sorted JSON array, new reference. */
json_t *leuko_digest_set_to_json(const LeukoDigestSet *set);
/* From such an array; what is not a string is passed over, NULL gives an empty set. */
LeukoDigestSet *leuko_digest_set_from_json(json_t *array);
