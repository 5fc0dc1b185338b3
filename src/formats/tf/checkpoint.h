/* formats/tf/checkpoint.h: TensorFlow's checkpoints of both versions.
 *
 * V1: one table (formats/tf/table.h), or several with the names PREFIX-NNNNN-of-NNNNN (shards):
 *   1. key "": SavedTensorSlices.meta: name, shape, type and slices of every tensor of the file
 *   2. other keys: the ordered code of 0, name, rank, and start and length of each dimension;
 *      value: SavedTensorSlices.data, the values of one slice as a TensorProto
 * V2: PREFIX.index (a table) and PREFIX.data-NNNNN-of-NNNNN:
 *   1. key "": BundleHeader: number of shards, byte order, version
 *   2. key NAME: BundleEntry: type, shape, shard, offset, size, masked CRC-32C. A partitioned
 *      variable has a list of slices instead; each slice is an entry under a key as in V1
 * Source: tensorflow/core/util/{saved_tensor_slice_util,tensor_slice_reader}.cc,
 * tensorflow/core/util/tensor_bundle/tensor_bundle.cc, tensorflow/core/lib/strings/ordered_code.cc.
 *
 * Leuko's checkpoints also have the digests of the training images, as tensors of U8 that
 * TensorFlow reads only where it is asked for them (formats/training-list.h).
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
    GBytes *bytes; /* of a whole tensor of U8 (V2): a part of the file's mapping; else NULL */
    /* used while the checkpoint is read */
    float *out;
    gsize n_filled;
    guint8 *filled; /* (n_values) bits; NULL before the first slice */
} LeukoTfTensor;

typedef struct {
    gchar *path;   /* as given */
    gchar *prefix; /* PREFIX; of a V1 checkpoint in one file, that file */
    guint version, n_shards;
    GPtrArray *tensors;  /* of LeukoTfTensor, in the file's order */
    LeukoParams *params; /* the floating-point tensors */
    guint64 n_copied_bytes, n_file_bytes;
} LeukoTfCheckpoint;

/* Read the whole checkpoint. `path` is its prefix or any of its files.
 * Errors: LEUKO_ERROR_IO, LEUKO_ERROR_FORMAT (file and position), LEUKO_ERROR_UNSUPPORTED (big
 * endian, another version, a table that is not a checkpoint). */
LeukoTfCheckpoint *leuko_tf_checkpoint_open(const char *path, GError **error);
void leuko_tf_checkpoint_free(LeukoTfCheckpoint *checkpoint);
/* The floating-point tensors of a checkpoint. Errors: those of leuko_tf_checkpoint_open();
 * LEUKO_ERROR_UNSUPPORTED if there are none. */
LeukoParams *leuko_tf_checkpoint_tensors(const char *path, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTfCheckpoint, leuko_tf_checkpoint_free)

/* The table of the checkpoint that `path` belongs to, or NULL if `path` is the table. g_free.
 *   a prefix that is not a file                PREFIX.index or PREFIX-00000-of-NNNNN
 *   the data of a V2 checkpoint                PREFIX.index
 *   PREFIX-?????-of-NNNNN (TensorFlow's name)  PREFIX-00000-of-NNNNN */
gchar *leuko_tf_checkpoint_table(const char *path);

/* --- Leuko's models (tf/checkpoint-write.c, tf/checkpoint-model.c) ------------------------- */

/* Write PREFIX.index and PREFIX.data-00000-of-00001 with slim's variables, and PREFIX.json with the
 * model's description (formats/model-json.h), all or none. The description has the
 * temperature; the weights are not changed. Errors: LEUKO_ERROR_ARGUMENT (PREFIX is a file),
 * LEUKO_ERROR_IO, LEUKO_ERROR_DATA. */
gboolean leuko_tf_checkpoint_save(const LeukoModel *model, const char *prefix, GError **error);

/* Load a model. Without PREFIX.json the classes are "0" to "K-1", and a text "note" in the
 * provenance says so. Errors: those of leuko_tf_checkpoint_open(); LEUKO_ERROR_DATA (the
 * description belongs to another checkpoint). */
LeukoModel *leuko_tf_checkpoint_load(const char *path, GError **error);
/* TRUE if PREFIX.json exists. */
gboolean leuko_tf_checkpoint_is_described(const char *path);
/* FALSE if PREFIX.json exists, but does not describe this checkpoint. Errors: LEUKO_ERROR_DATA (the
 * index is of another one), LEUKO_ERROR_FORMAT. */
gboolean leuko_tf_checkpoint_check_description(const char *path, GError **error);
/* The model that PREFIX.json describes, without parameters. Errors: LEUKO_ERROR_IO (no such file),
 * and those of leuko_tf_checkpoint_check_description(). */
LeukoModel *leuko_tf_checkpoint_description(const char *path, GError **error);

/* --- shared by the readers of both versions --------------------------------------------------- */

struct Leuko__Ckpt__Shape; /* of proto/checkpoint.proto */
struct Leuko__Ckpt__Slice;

/* table: the bytes of table_path: the index of V2, the first shard of V1. */
gboolean leuko_tf_read_v1(LeukoTfCheckpoint *checkpoint, const char *table_path, GBytes *table,
                          GError **error);
gboolean leuko_tf_read_v2(LeukoTfCheckpoint *checkpoint, const char *table_path, GBytes *table,
                          GError **error);

/* A new tensor; NULL with LEUKO_ERROR_FORMAT if name or shape is invalid. */
LeukoTfTensor *leuko_tf_tensor_new(const char *name, gint dtype,
                                   const struct Leuko__Ckpt__Shape *shape, const char *file,
                                   GError **error);
void leuko_tf_tensor_free(LeukoTfTensor *tensor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTfTensor, leuko_tf_tensor_free)
gsize leuko_tf_type_bytes(gint dtype); /* of one value; 0 = variable or unknown */

/* A part of a tensor. length -1: the whole dimension; start must then be 0. */
typedef struct {
    guint n_dims;
    gint64 start[LEUKO_MAX_DIMS], length[LEUKO_MAX_DIMS];
} LeukoTfSlice;

/* FALSE if there are too many dimensions. */
gboolean leuko_tf_slice_read(const struct Leuko__Ckpt__Slice *from, LeukoTfSlice *slice);
/* The key of a slice in a table; new. */
GByteArray *leuko_tf_slice_key(const char *name, const LeukoTfSlice *slice);
/* TRUE if the slice lies inside the tensor.
 * sizes     out: size of the slice in each dimension
 * n_values  out: their product */
gboolean leuko_tf_slice_fit(const LeukoTfSlice *slice, const LeukoTfTensor *tensor, gsize *sizes,
                            gsize *n_values);
/* Copy the values of a slice (C order, little endian, any alignment) into the tensor. The first
 * slice adds the tensor to the checkpoint's params.
 * slice   NULL: the whole tensor
 * Errors  LEUKO_ERROR_FORMAT (outside the tensor, or two slices overlap), LEUKO_ERROR_MEMORY */
gboolean leuko_tf_tensor_put(LeukoTfCheckpoint *checkpoint, LeukoTfTensor *tensor,
                             const LeukoTfSlice *slice, gint dtype, gconstpointer values,
                             const char *file, GError **error);
/* Check that the file has every value of every floating-point tensor. */
gboolean leuko_tf_check_filled(LeukoTfCheckpoint *checkpoint, GError **error);
