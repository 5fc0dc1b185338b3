/* formats/training-list.h: what a model remembers of the images that a part of it was trained on.
 *
 * Evaluation compares its images and groups with these lists (eval/overlap.h). A model has one list
 * for each training that its weights went through: its own and those of the weights it started
 * from. In a file they are "training" of the provenance (formats/model-json.h), one object each:
 *   "version"   2
 *   "part"      "head" or "network": what this training changed; "backbone": a training before it;
 *               "" in files of Leuko 0.1, which did not tell the parts apart
 *   "salt"      32 hex digits
 *   "n_images", "images"  n x 64 bytes, ascending: for each image a digest of its decoded pixels,
 *               bound to the salt, and perceptual hashes (image/fingerprint.h). null where the file
 *               holds these bytes as they are: .safetensors, .graph and a checkpoint as the U8
 *               tensor (n, 64) "leuko/training_images/I" of list I; .pb and .onnx in a field of
 *               Leuko's own (formats/training-fields.h). Else base64: in safetensors files under
 *               torchvision's names, in which torch expects its own tensors only, and in older
 *               files of the other kinds
 *   "n_groups", "groups"  g x 16 bytes in base64, ascending: slow hashes of the names of the groups
 *               (patients, slides; base/slow-hash.h) with the salt
 * A million images take 64 MB, or 86 MB in base64. The order of the bytes says nothing about the
 * order of the images.
 *
 * The salt makes the lists of two models incomparable, and a table of hashes computed in advance
 * useless. It is public and need not be random, only different for each training. So that the same
 * training writes the same bytes, it is derived from the digests of the data set and of the initial
 * weights, and the seed. Nobody can compute it in advance without all training images.
 *
 * Version 1 is the lists of Leuko 0.1, without a salt: "training_pictures" and "training_groups" of
 * the provenance are arrays of the first 16 hex digits of SHA-256 of the encoded image and of the
 * group's name. They are read, and written again as "version" 1 with 8 bytes each.
 * A later version is kept as it is; evaluation says that it cannot read it.
 * Threads: a list is constant.
 */
#pragma once
#include "base/slow-hash.h"
#include "image/fingerprint.h"
#include <jansson.h>

G_BEGIN_DECLS

enum { LEUKO_TRAINING_VERSION = 2, LEUKO_OLD_DIGEST_BYTES = 8 };

typedef enum {
    LEUKO_PART_UNKNOWN,
    LEUKO_PART_HEAD,
    LEUKO_PART_NETWORK,
    LEUKO_PART_BACKBONE,
    LEUKO_N_PARTS
} LeukoTrainedPart;

typedef struct {
    guint version;
    LeukoTrainedPart part;
    guint8 salt[LEUKO_SALT_BYTES];
    guint n_images, n_groups;
    GBytes *images; /* (n_images, width); NULL: in a tensor that was not attached */
    GBytes *groups; /* (n_groups, width) */
    json_t *later;  /* the object of a later version, else NULL */
} LeukoTrainingList;

void leuko_training_list_free(LeukoTrainingList *list); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTrainingList, leuko_training_list_free)
/* The same list under another part. */
LeukoTrainingList *leuko_training_list_copy(const LeukoTrainingList *list, LeukoTrainedPart part);
gboolean leuko_training_list_equal(const LeukoTrainingList *a, const LeukoTrainingList *b);

/* Bytes of one image and of one group in a list of this version. */
gsize leuko_training_image_bytes(guint version);
gsize leuko_training_group_bytes(guint version);

/* A list of `n` images.
 * fingerprints  (n), with digests that are not bound to a salt
 * groups        (n) names; "" is no group
 * Errors: LEUKO_ERROR_MEMORY. Cost: 1 ms for each different group (base/slow-hash.h). */
LeukoTrainingList *leuko_training_list_new(LeukoTrainedPart part,
                                           const guint8 salt[LEUKO_SALT_BYTES],
                                           const LeukoFingerprint *fingerprints,
                                           const char *const *groups, guint n, guint n_threads,
                                           GError **error);
/* The digest that version 1 has of a group's name or of an encoded image. */
void leuko_training_old_digest(gconstpointer data, gsize n_bytes,
                               guint8 digest[LEUKO_OLD_DIGEST_BYTES]);
/* Whether one of the ascending items of `width` bytes starts with these bytes. */
gboolean leuko_training_has(GBytes *items, gsize width, const guint8 *start, gsize n_start);

/* --- files ------------------------------------------------------------------------------------ */

/* An array of objects, new. apart: "images" is null, because the caller writes them as tensors. */
json_t *leuko_training_lists_to_json(const GPtrArray *lists, gboolean apart);
/* Take the lists out of a provenance: its members "training", "training_groups" and
 * "training_pictures" are removed. Returns an array of LeukoTrainingList; NULL on an error.
 * name: of the file, for messages. Errors: LEUKO_ERROR_FORMAT. */
GPtrArray *leuko_training_lists_take(json_t *provenance, const char *name, GError **error);
/* The name of the tensor with the images of list `index`; g_free. */
gchar *leuko_training_tensor(guint index);
/* Give a list that has none its images, of which a reference is taken. NULL: the file has none; the
 * list stays without. A list of a later version ignores them.
 * name: of their place in the file, for messages. Errors: LEUKO_ERROR_FORMAT (another size). */
gboolean leuko_training_list_attach(LeukoTrainingList *list, GBytes *images, const char *name,
                                    GError **error);

G_END_DECLS
