/* formats/tf/checkpoint.h: TensorFlow's checkpoints, both versions.
 *
 * V1, one table (formats/tf/table.h) or shards of it, PREFIX-NNNNN-of-NNNNN:
 *   1. key "": SavedTensorSlices.meta, every tensor of the file: name, shape, type, its slices
 *   2. other keys: ordered code of 0, name, rank, start and length per dimension; value:
 *      SavedTensorSlices.data, the values of one slice as a TensorProto
 * V2, PREFIX.index (a table) and PREFIX.data-NNNNN-of-NNNNN:
 *   1. key "": BundleHeader: shards, byte order, version
 *   2. key NAME: BundleEntry: type, shape, shard, offset, size, masked CRC-32C; or, of a
 *      partitioned variable, the list of its slices, each an entry of its own under a key as in V1
 * Source: tensorflow/core/util/{saved_tensor_slice_util,tensor_slice_reader}.cc,
 * tensorflow/core/util/tensor_bundle/tensor_bundle.cc, tensorflow/core/lib/strings/ordered_code.cc.
 *
 * Limits: 8 dimensions; the tensors' memory is at most 32 times the files' size.
 */
#pragma once
#include "formats/model.h"
#include "formats/tf/table.h"
#include "net/params.h"

/* A tensor of the checkpoint, of any type. */
typedef struct {
    gchar *name;
    gint dtype;       /* TensorFlow's DataType */
    const char *type; /* "F32", "I64", "STRING", ...; static */
    gboolean floating;
    guint n_dims;
    gsize dims[LEUKO_MAX_DIMS], n_values;
    /* while it is assembled */
    float *out;
    gsize n_filled;
    guint8 *filled; /* bits, (n_values); NULL until a part came */
} LeukoTfTensor;

typedef struct {
    gchar *path;   /* as given */
    gchar *prefix; /* V2: PREFIX; V1: the file, or what stands before -NNNNN-of-NNNNN */
    guint version, n_shards;
    GPtrArray *tensors;  /* of LeukoTfTensor, in the file's order */
    LeukoParams *params; /* the floating ones */
    guint64 n_copied_bytes, n_file_bytes;
} LeukoTfCheckpoint;

/* The whole checkpoint that `path` belongs to: prefix, index, table, shard or data.
 * Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (file and place), LEUKO_ERROR_UNSUPPORTED (big
 * endian, another version, a table that is no checkpoint). */
LeukoTfCheckpoint *leuko_tf_checkpoint_open(const char *path, GError **error);
void leuko_tf_checkpoint_free(LeukoTfCheckpoint *checkpoint);
/* The floating tensors of a checkpoint. Errors as above; LEUKO_ERROR_UNSUPPORTED without any. */
LeukoParams *leuko_tf_checkpoint_tensors(const char *path, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTfCheckpoint, leuko_tf_checkpoint_free)

/* The table of the checkpoint that `path` belongs to, or NULL if that is `path` itself. g_free.
 *   a prefix that is not a file                PREFIX.index or PREFIX-00000-of-NNNNN
 *   the data of a V2 checkpoint                PREFIX.index
 *   PREFIX-?????-of-NNNNN (TensorFlow's name)  PREFIX-00000-of-NNNNN */
gchar *leuko_tf_checkpoint_table(const char *path);

/* --- a model of ours (tf/checkpoint-write.c, tf/checkpoint-model.c) ------------------------- */

/* Write PREFIX.index, PREFIX.data-00000-of-00001 and PREFIX.json, each whole or not at all: slim's
 * variables, and the description that a checkpoint cannot hold. The temperature is in the
 * description; the weights are not changed. Errors: LEUKO_ERROR_ARGUMENT (PREFIX is a file),
 * LEUKO_ERROR_IO, LEUKO_ERROR_DATA. */
gboolean leuko_tf_checkpoint_save(const LeukoModel *model, const char *prefix, GError **error);

/* Load the described model. Without PREFIX.json: the classifier that the tensors make, with
 * classes "0" to "K-1"; a text "note" in the provenance says so.
 * Errors: as opening, LEUKO_ERROR_DATA (the description belongs to another checkpoint). */
LeukoModel *leuko_tf_checkpoint_load(const char *path, GError **error);
/* TRUE if PREFIX.json exists. */
gboolean leuko_tf_checkpoint_is_described(const char *path);
/* The model that PREFIX.json describes, without parameters; NULL without PREFIX.json or on
 * error. */
LeukoModel *leuko_tf_checkpoint_description(const char *path, GError **error);

/* --- shared by the readers of both versions --------------------------------------------------- */

struct Leuko__Ckpt__Shape; /* proto/checkpoint.proto's */
struct Leuko__Ckpt__Slice;

gboolean leuko_tf_read_v1(LeukoTfCheckpoint *checkpoint, const char *table_path, GError **error);
gboolean leuko_tf_read_v2(LeukoTfCheckpoint *checkpoint, const char *table_path, GError **error);

/* A new tensor; NULL with LEUKO_ERROR_FORMAT if name or shape is invalid. */
LeukoTfTensor *leuko_tf_tensor_new(const char *name, gint dtype,
                                   const struct Leuko__Ckpt__Shape *shape, const char *file,
                                   GError **error);
void leuko_tf_tensor_free(LeukoTfTensor *tensor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTfTensor, leuko_tf_tensor_free)
gsize leuko_tf_type_bytes(gint dtype); /* of one value; 0 = variable or unknown */

/* A part of a tensor. length -1 means the whole dimension; start is 0 then. */
typedef struct {
    guint n_dims;
    gint64 start[LEUKO_MAX_DIMS], length[LEUKO_MAX_DIMS];
} LeukoTfSlice;

/* FALSE if there are too many dimensions. */
gboolean leuko_tf_slice_read(const struct Leuko__Ckpt__Slice *from, LeukoTfSlice *slice);
/* The key of a slice in a table; new. */
GByteArray *leuko_tf_slice_key(const char *name, const LeukoTfSlice *slice);
/* TRUE if the slice lies inside the tensor; out: its sizes and their product. */
gboolean leuko_tf_slice_fit(const LeukoTfSlice *slice, const LeukoTfTensor *tensor, gsize *sizes,
                            gsize *n_values);
/* Copy the values of a slice (C order, little endian, any alignment) into the tensor; the first
 * slice adds the tensor to the checkpoint's params. slice NULL: the whole tensor.
 * Errors: LEUKO_ERROR_FORMAT (outside the tensor, or twice), LEUKO_ERROR_MEMORY. */
gboolean leuko_tf_tensor_put(LeukoTfCheckpoint *checkpoint, LeukoTfTensor *tensor,
                             const LeukoTfSlice *slice, gint dtype, gconstpointer values,
                             const char *file, GError **error);
/* Check that every value of every floating tensor was in the file. */
gboolean leuko_tf_check_filled(LeukoTfCheckpoint *checkpoint, GError **error);
