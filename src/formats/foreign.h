/* formats/foreign.h: other people's weights.
 *
 * A reader per kind of file gives the floating tensors as the file has them: its own names, its own
 * layouts, float32 (F16, BF16 and F64 converted; integers passed over). One mapping then gives them
 * slim's names and layouts, whoever wrote them. leuko_weights_load() is the way in: it sniffs the
 * file, reads, maps and checks.
 *
 * Every reader: errors are LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (file and place), LEUKO_ERROR_UNSUPPORTED
 * (what the file is instead). No reader executes anything that a file says.
 */
#pragma once
#include "formats/model.h"
#include "net/params.h"
#include <jansson.h>

/* TensorFlow checkpoints, V1 (one table file or its shards) and V2 (PREFIX.index with
 * PREFIX.data-NNNNN-of-NNNNN; path is the prefix, the index or a shard). */
LeukoParams *leuko_tf_checkpoint_tensors(const char *path, GError **error);
/* The floating constants of any GraphDef, named as the nodes: as the variables they were. */
LeukoParams *leuko_graphdef_tensors(const char *path, GError **error);
/* The same; types (or NULL) gets tensor name (new) -> "F32", "F16", ... (static). */
LeukoParams *leuko_graphdef_tensors_typed(const char *path, GHashTable *types, GError **error);
/* torch.save() of a state_dict, or of a dictionary that holds one: zip and legacy. */
LeukoParams *leuko_torch_tensors(const char *path, GError **error);
/* The same; types (or NULL) gets tensor name (new) -> "F32", "F16", ... (static). */
LeukoParams *leuko_torch_tensors_typed(const char *path, GHashTable *types, GError **error);
/* Keras .weights.h5 and legacy .h5, read by a child process with limited memory and time; more of it:
 * formats/keras/keras.h. */
LeukoParams *leuko_keras_tensors(const char *path, GError **error);
/* The floating tensors of a safetensors file, borrowed from its mapping where they are F32. */
LeukoParams *leuko_safetensors_tensors(const char *path, GError **error);
/* The initializers of an ONNX graph. */
LeukoParams *leuko_onnx_tensors(const char *path, GError **error);

/* Any of these, by content: the table of readers is in foreign.c. */
LeukoParams *leuko_foreign_tensors(const char *path, GError **error);

typedef enum {
    LEUKO_NAMES_SLIM,
    LEUKO_NAMES_TORCHVISION,
    LEUKO_NAMES_TIMM,
    LEUKO_NAMES_KERAS
} LeukoNames;
const char *leuko_names_text(LeukoNames names); /* "slim", "torchvision", ... */

/* What the mapping found out beside the tensors. */
typedef struct {
    LeukoNames names;
    gboolean pool_includes_padding; /* torchvision and timm */
    gboolean transform_input;      /* torchvision's pretrained network is fed images less ImageNet's
                                       mean over its deviation and itself turns them back into x / 127.5 - 1
                                       (transform_input=True): its weights expect what Leuko feeds, and
                                       nothing is to be done. Weights trained without that step:
                                       leuko_foreign_fold_imagenet() */
    guint n_classes;               /* of its classifier, 0: none */
    gboolean has_background_class; /* 1001 classes: class 0 is "background" (slim's) */
} LeukoForeign;

/* Parameters under slim's names (convolutions HWIO, batch norm beta, gamma, moving_mean,
 * moving_variance; the head as a 1x1 convolution), from tensors under any of the names above.
 * Tensors that belong to no layer of Inception V3 are left out.
 * Errors  LEUKO_ERROR_UNSUPPORTED  not Inception V3: says what the names look like instead
 *         LEUKO_ERROR_DATA         a tensor of the wrong rank, named */
LeukoParams *leuko_names_to_slim(const LeukoParams *tensors, const char *path, LeukoForeign *found,
                                 GError **error);
/* The parameters of a frozen GraphDef of Inception V3, whole or cut, followed operation by operation
 * (formats/tf/graphdef-walk.h), whatever its batch norm looks like.
 * Errors: LEUKO_ERROR_FORMAT, LEUKO_ERROR_UNSUPPORTED (what it is instead; the node). */
LeukoParams *leuko_graphdef_weights(const char *path, LeukoNetSpec *spec, LeukoForeign *found,
                                    GError **error);
/* Any file of weights under slim's names: leuko_foreign_tensors() and leuko_names_to_slim(), or the above. */
LeukoParams *leuko_foreign_slim(const char *path, LeukoForeign *found, GError **error);
/* "0".."K-1", or "background" and so on: new. */
GStrv leuko_foreign_classes(const LeukoForeign *found);
/* The other way, for writing: torchvision's names and layouts (num_batches_tracked is left out). */
LeukoParams *leuko_names_from_slim(const LeukoParams *params, LeukoNames names, GError **error);

/* Rewrite a network that was trained on (image / 255 - mean) / deviation of ImageNet's three colors
 * so that x / 127.5 - 1 gives the same answers: exact up to rounding, since its first convolution has
 * batch norm and no padding. Errors: LEUKO_ERROR_DATA (no such layer). */
gboolean leuko_foreign_fold_imagenet(LeukoParams *params, const char *path, GError **error);

/* What parameters under slim's names say of their network: depth multiplier, last endpoint of which
 * there is anything, 299 px, the head's classes. Errors: LEUKO_ERROR_UNSUPPORTED (no trunk). */
gboolean leuko_foreign_spec(const LeukoParams *params, const char *path, LeukoNetSpec *spec,
                            GError **error);
/* The furthest endpoint up to which nothing is missing, or NULL; static text. */
const char *leuko_foreign_complete_endpoint(const LeukoParams *params, const LeukoNetSpec *spec);

/* How weights without a classifier say what their network is: the entry "leuko_weights" of a safetensors
 * file's metadata, {"pool_includes_padding": false, "side": 299, "source": {...}}. New reference. */
json_t *leuko_foreign_source_json(const LeukoForeign *found, const char *path);

/* A model of ours as safetensors under these names, convolutions as F16 if half; leuko_model_load()
 * reads it back as it was. */
gboolean leuko_model_save_named(const LeukoModel *model, LeukoNames names, gboolean half,
                                const char *path, GError **error);
