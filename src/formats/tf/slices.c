/* Parts of tensors: their keys, and how they come together. */
#include "base/error.h"
#include "base/plural.h"
#include "formats/numbers.h"
#include "formats/tf/checkpoint.h"
#include "proto/checkpoint.pb-c.h"
#include <string.h>

enum { DT_FLOAT = 1, DT_DOUBLE = 2, DT_BFLOAT16 = 14, DT_HALF = 19, MAX_SIGNED_BYTES = 10 };
static const guint64 MAX_MEMORY_RATIO = 32, MEMORY_SLACK_BYTES = 65536;

/* --- keys ----------------------------------------------------------------------------------- */

/* The number of bytes, then the bytes, highest first. */
static void put_unsigned(GByteArray *key, guint64 value)
{
    guint8 bytes[9] = {0};
    guint n = 0;
    for (guint64 v = value; v > 0; v >>= 8)
        n++;
    bytes[0] = (guint8)n;
    for (guint i = 0; i < n; i++)
        bytes[1 + i] = (guint8)(value >> (8 * (n - 1 - i)));
    g_byte_array_append(key, bytes, n + 1);
}

/* Strings are escaped so that they sort like their bytes: 0 becomes 0 255, 255 becomes 255 0, and
 * the end is 0 1. */
static void put_text(GByteArray *key, const char *text)
{
    static const guint8 end[] = {0, 1}, high[] = {255, 0};
    for (const guint8 *p = (const guint8 *)text; *p; p++)
        g_byte_array_append(key, *p == 255 ? high : p, *p == 255 ? 2 : 1);
    g_byte_array_append(key, end, 2);
}

/* Integers are coded so that they sort like numbers: n bytes hold 7 n - 1 bits and the sign, in
 * two's complement with the first n bits inverted. */
static void put_signed(GByteArray *key, gint64 value)
{
    guint64 magnitude = (guint64)(value < 0 ? ~value : value);
    guint n = 1;
    while (n < MAX_SIGNED_BYTES && (magnitude >> (7 * n - 1)) > 0)
        n++;
    guint8 bytes[MAX_SIGNED_BYTES];
    for (guint i = 0; i < n; i++) {
        guint shift = 8 * (n - 1 - i);
        bytes[i] = (guint8)(shift < 64 ? (guint64)value >> shift : value < 0 ? 255u : 0u);
    }
    for (guint bit = 0; bit < n; bit++)
        bytes[bit / 8] ^= (guint8)(128u >> bit % 8);
    g_byte_array_append(key, bytes, n);
}

gboolean leuko_tf_slice_read(const Leuko__Ckpt__Slice *from, LeukoTfSlice *slice)
{
    *slice = (LeukoTfSlice){0};
    if (!from)
        return TRUE;
    if (from->n_extent > LEUKO_MAX_DIMS)
        return FALSE;
    slice->n_dims = (guint)from->n_extent;
    for (guint d = 0; d < slice->n_dims; d++) {
        slice->start[d] = from->extent[d]->start;
        slice->length[d] = from->extent[d]->has_length ? from->extent[d]->length : -1;
    }
    return TRUE;
}

GByteArray *leuko_tf_slice_key(const char *name, const LeukoTfSlice *slice)
{
    GByteArray *key = g_byte_array_new();
    put_unsigned(key, 0);
    put_text(key, name);
    put_unsigned(key, slice->n_dims);
    for (guint d = 0; d < slice->n_dims; d++) {
        put_signed(key, slice->start[d]);
        put_signed(key, slice->length[d]);
    }
    return key;
}

gboolean leuko_tf_slice_fit(const LeukoTfSlice *slice, const LeukoTfTensor *t, gsize *sizes,
                            gsize *n_values)
{
    *n_values = 1;
    if (slice->n_dims != t->n_dims)
        return FALSE;
    for (guint d = 0; d < t->n_dims; d++) {
        gint64 start = slice->start[d], length = slice->length[d];
        if (length == -1 ? start != 0
                         : start < 0 || length < 0 || (guint64)start > t->dims[d] ||
                               (guint64)length > t->dims[d] - (guint64)start)
            return FALSE;
        sizes[d] = length == -1 ? t->dims[d] : (gsize)length;
        *n_values *= sizes[d]; /* at most t->n_values, which does not overflow */
    }
    return TRUE;
}

/* --- values --------------------------------------------------------------------------------- */

static void convert(gint dtype, const guint8 *in, float *out, gsize n)
{
    g_assert(in && out); /* n > 0 */
    switch (dtype) {
    case DT_FLOAT:
        memcpy(out, in, n * sizeof *out);
        break;
    case DT_DOUBLE:
        leuko_double_to_float(in, out, n);
        break;
    case DT_BFLOAT16:
        leuko_bfloat_to_float(in, out, n);
        break;
    case DT_HALF:
        leuko_half_to_float(in, out, n);
        break;
    default:
        g_assert_not_reached();
    }
}

/* Set n bits. FALSE if one of them is set already. */
static gboolean mark(guint8 *bits, gsize first, gsize n)
{
    for (gsize i = first; i < first + n; i++) {
        if (bits[i / 8] & 1u << i % 8)
            return FALSE;
        bits[i / 8] |= (guint8)(1u << i % 8);
    }
    return TRUE;
}

/* Copy row by row: the last dimension of a slice is contiguous in the tensor. */
static gboolean scatter(LeukoTfTensor *t, const LeukoTfSlice *slice, const gsize *sizes, gsize n,
                        gint dtype, const guint8 *values)
{
    gsize index[LEUKO_MAX_DIMS] = {0}, last = t->n_dims - 1, row = sizes[last],
          width = leuko_tf_type_bytes(dtype);
    for (gsize done = 0; done < n; done += row) {
        gsize at = 0;
        for (guint d = 0; d < t->n_dims; d++)
            at = at * t->dims[d] + (gsize)slice->start[d] + index[d];
        if (!mark(t->filled, at, row))
            return FALSE;
        convert(dtype, values + done * width, t->out + at, row);
        for (gsize d = last; d > 0; d--) {
            if (++index[d - 1] < sizes[d - 1])
                break;
            index[d - 1] = 0;
        }
    }
    return TRUE;
}

/* Allocate memory for the whole tensor, limited by the size of the files. */
static gboolean begin(LeukoTfCheckpoint *c, LeukoTfTensor *t, const char *file, GError **error)
{
    gsize n_bytes = 0;
    if (!g_size_checked_mul(&n_bytes, t->n_values, sizeof(float)) ||
        n_bytes > MAX_MEMORY_RATIO * c->n_file_bytes + MEMORY_SLACK_BYTES - c->n_copied_bytes)
        return leuko_fail_format(
            file, error, "tensor \"%.200s\": the tensors are many times larger than the file",
            t->name);
    c->n_copied_bytes += n_bytes;
    return leuko_params_add(c->params, t->name, t->n_dims, t->dims, &t->out, error);
}

gboolean leuko_tf_tensor_put(LeukoTfCheckpoint *c, LeukoTfTensor *t, const LeukoTfSlice *slice,
                             gint dtype, gconstpointer values, const char *file, GError **error)
{
    gsize sizes[LEUKO_MAX_DIMS] = {0}, n = t->n_values;
    if (slice && !leuko_tf_slice_fit(slice, t, sizes, &n))
        return leuko_fail_format(file, error, "tensor \"%.200s\": a slice lies outside its shape",
                                 t->name);
    if (!t->out && !begin(c, t, file, error))
        return FALSE;
    gboolean whole = n == t->n_values, fits = n <= t->n_values - t->n_filled;
    if (fits && !whole && !t->filled) {
        t->filled = g_try_malloc0(t->n_values / 8 + 1);
        if (!t->filled) {
            g_autofree gchar *shown = leuko_one_line_cut(t->name, 200);
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "%s: no memory for tensor \"%s\"",
                        file, shown);
            return FALSE;
        }
    }
    if (fits && whole && n > 0)
        convert(dtype, values, t->out, n);
    else if (!fits || (n > 0 && !scatter(t, slice, sizes, n, dtype, values)))
        return leuko_fail_format(file, error, "tensor \"%.200s\": two slices overlap", t->name);
    t->n_filled += n;
    return TRUE;
}

gboolean leuko_tf_check_filled(LeukoTfCheckpoint *c, GError **error)
{
    for (guint i = 0; i < c->tensors->len; i++) {
        LeukoTfTensor *t = c->tensors->pdata[i];
        g_clear_pointer(&t->filled, g_free);
        if (t->floating && t->n_filled < t->n_values)
            return leuko_fail_format(
                c->path, error, "tensor \"%.200s\": the file holds only %zu of its %zu %s", t->name,
                t->n_filled, t->n_values, LEUKO_PLURAL(t->n_values, "value"));
        if (t->floating && t->n_values == 0 && !t->out &&
            !leuko_params_add(c->params, t->name, t->n_dims, t->dims, &t->out, error))
            return FALSE;
    }
    return TRUE;
}
