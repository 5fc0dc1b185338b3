/* formats/tf/tensor.h: the values of a TensorProto in a graph.
 *
 *   1. dtype, and a shape of known sizes
 *   2. tensor_content: all values, little endian; or
 *   3. a list of values (float_val, double_val, half_val, int_val, int64_val). If it is
 *      shorter than the shape, the last value is repeated; an empty list means zeros
 * Source: tensorflow/core/framework/{tensor.proto,tensor.cc}, Tensor::FromProto.
 */
#pragma once
#include "net/params.h"
#include "proto/graph.pb-c.h"

enum {
    LEUKO_TF_FLOAT = 1,
    LEUKO_TF_DOUBLE = 2,
    LEUKO_TF_INT32 = 3,
    LEUKO_TF_INT64 = 9,
    LEUKO_TF_BFLOAT16 = 14,
    LEUKO_TF_HALF = 19,
    LEUKO_TF_MAX_FILLED = 1 << 24 /* repeated values in one file */
};

typedef struct {
    guint n_dims;
    gsize dims[LEUKO_MAX_DIMS], n_values; /* 1 for a scalar */
} LeukoTfShape;

gboolean leuko_tf_type_is_floating(gint dtype);
const char *leuko_tf_float_text(gint dtype); /* "F32", "F16", ...; static */

/* FALSE: unknown sizes, more than LEUKO_MAX_DIMS, or a product that overflows. */
gboolean leuko_tf_shape_read(const Leuko__Tf__Shape *from, LeukoTfShape *shape);

/* TRUE if the values of a floating-point tensor fit `shape`; leuko_tf_floats() may then be called.
 * The number of repeated values is subtracted from *budget, so that a small file cannot need much
 * memory. */
gboolean leuko_tf_floats_fit(const Leuko__Tf__Tensor *tensor, const LeukoTfShape *shape,
                             gsize *budget);
void leuko_tf_floats(const Leuko__Tf__Tensor *tensor, gsize n_values, float *out);

/* Read up to `max_values` integers (int32, int64). Returns their number, or -1 if there are more or
 * the type is another. */
gint leuko_tf_integers(const Leuko__Tf__Tensor *tensor, gint64 *out, guint max_values);
