#include "formats/tf/tensor.h"
#include "formats/numbers.h"
#include <string.h>

static gsize size_of(gint dtype)
{
    switch (dtype) {
    case LEUKO_TF_FLOAT:
    case LEUKO_TF_INT32:
        return 4;
    case LEUKO_TF_DOUBLE:
    case LEUKO_TF_INT64:
        return 8;
    case LEUKO_TF_BFLOAT16:
    case LEUKO_TF_HALF:
        return 2;
    default:
        return 0;
    }
}

const char *leuko_tf_float_text(gint dtype)
{
    return dtype == LEUKO_TF_HALF       ? "F16"
           : dtype == LEUKO_TF_BFLOAT16 ? "BF16"
           : dtype == LEUKO_TF_DOUBLE   ? "F64"
                                        : "F32";
}

gboolean leuko_tf_type_is_floating(gint dtype)
{
    return dtype == LEUKO_TF_FLOAT || dtype == LEUKO_TF_DOUBLE || dtype == LEUKO_TF_HALF ||
           dtype == LEUKO_TF_BFLOAT16;
}

gboolean leuko_tf_shape_read(const Leuko__Tf__Shape *from, LeukoTfShape *shape)
{
    *shape = (LeukoTfShape){.n_values = 1};
    if (!from)
        return TRUE; /* a scalar */
    if (from->unknown_rank || from->n_dim > LEUKO_MAX_DIMS)
        return FALSE;
    for (gsize i = 0; i < from->n_dim; i++) {
        gint64 size = from->dim[i]->size;
        if (size < 0 || !g_size_checked_mul(&shape->n_values, shape->n_values, (gsize)size))
            return FALSE;
        shape->dims[shape->n_dims++] = (gsize)size;
    }
    return shape->n_values <= G_MAXSSIZE / sizeof(double);
}

static gsize n_listed(const Leuko__Tf__Tensor *t)
{
    switch (t->dtype) {
    case LEUKO_TF_FLOAT:
        return t->n_float_val;
    case LEUKO_TF_DOUBLE:
        return t->n_double_val;
    case LEUKO_TF_INT32:
        return t->n_int_val;
    case LEUKO_TF_INT64:
        return t->n_int64_val;
    default:
        return t->n_half_val;
    }
}

gboolean leuko_tf_floats_fit(const Leuko__Tf__Tensor *t, const LeukoTfShape *shape, gsize *budget)
{
    gsize n = n_listed(t), size = size_of(t->dtype);
    if (size == 0)
        return FALSE;
    if (t->has_tensor_content && t->tensor_content.len > 0)
        return t->tensor_content.len / size == shape->n_values && t->tensor_content.len % size == 0;
    if (n > shape->n_values || shape->n_values - n > *budget)
        return FALSE;
    *budget -= shape->n_values - n;
    return TRUE;
}

static void from_content(gint dtype, gconstpointer in, gsize n, float *out)
{
    if (dtype == LEUKO_TF_FLOAT)
        memcpy(out, in, n * sizeof *out);
    else if (dtype == LEUKO_TF_DOUBLE)
        leuko_double_to_float(in, out, n);
    else if (dtype == LEUKO_TF_HALF)
        leuko_half_to_float(in, out, n);
    else
        leuko_bfloat_to_float(in, out, n);
}

/* Convert one 16-bit value; half_val keeps it in the low bits of an int32. */
static float from_bits(gint dtype, gint32 value)
{
    guint16 bits = GUINT16_TO_LE((guint16)(guint32)value);
    float out;
    from_content(dtype, &bits, 1, &out);
    return out;
}

void leuko_tf_floats(const Leuko__Tf__Tensor *t, gsize n_values, float *out)
{
    gsize n = n_listed(t);
    if (n_values == 0)
        return;
    if (t->has_tensor_content && t->tensor_content.len > 0) {
        from_content(t->dtype, t->tensor_content.data, n_values, out);
        return;
    }
    for (gsize i = 0; i < n; i++)
        out[i] = t->dtype == LEUKO_TF_FLOAT    ? t->float_val[i]
                 : t->dtype == LEUKO_TF_DOUBLE ? (float)t->double_val[i]
                                               : from_bits(t->dtype, t->half_val[i]);
    for (gsize i = n; i < n_values; i++)
        out[i] = n > 0 ? out[n - 1] : 0;
}

gint leuko_tf_integers(const Leuko__Tf__Tensor *t, gint64 *out, guint max_values)
{
    LeukoTfShape shape;
    gsize n = n_listed(t), size = size_of(t->dtype);
    if ((t->dtype != LEUKO_TF_INT32 && t->dtype != LEUKO_TF_INT64) ||
        !leuko_tf_shape_read(t->tensor_shape, &shape) || shape.n_values > max_values)
        return -1;
    if (t->has_tensor_content && t->tensor_content.len > 0) {
        if (t->tensor_content.len != shape.n_values * size)
            return -1;
        for (gsize i = 0; i < shape.n_values; i++) {
            const guint8 *at = t->tensor_content.data + i * size;
            guint64 wide = 0; /* little endian: the low bytes come first */
            for (gsize k = size; k-- > 0;)
                wide = wide << 8 | at[k];
            out[i] = size == 8 ? (gint64)wide : (gint64)(gint32)(guint32)wide;
        }
        return (gint)shape.n_values;
    }
    if (n > shape.n_values)
        return -1;
    for (gsize i = 0; i < shape.n_values; i++)
        out[i] = n == 0                       ? 0
                 : t->dtype == LEUKO_TF_INT32 ? t->int_val[MIN(i, n - 1)]
                                              : t->int64_val[MIN(i, n - 1)];
    return (gint)shape.n_values;
}
