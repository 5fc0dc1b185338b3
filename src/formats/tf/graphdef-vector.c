#include "formats/tf/graphdef-vector.h"
#include <math.h>

enum { MAX_VALUES = 1 << 22 };

static void vector_free(gpointer p)
{
    LeukoVector *v = p;
    g_free(v->values);
    g_free(v);
}

void leuko_vectors_init(LeukoVectors *vectors)
{
    *vectors = (LeukoVectors){.all = g_ptr_array_new_with_free_func(vector_free)};
}

void leuko_vectors_clear(LeukoVectors *vectors)
{
    g_clear_pointer(&vectors->all, g_ptr_array_unref);
}

static LeukoVector *add(LeukoVectors *vectors, gsize n)
{
    if (n == 0 || n > MAX_VALUES - vectors->n_values)
        return NULL;
    LeukoVector *v = g_new0(LeukoVector, 1);
    vectors->n_values += n;
    v->n = n;
    v->values = g_new(double, n);
    g_ptr_array_add(vectors->all, v);
    return v;
}

LeukoVector *leuko_vector_given(LeukoVectors *vectors, const float *values, gsize n)
{
    LeukoVector *v = add(vectors, n);
    for (gsize i = 0; v && i < n; i++)
        v->values[i] = values[i];
    return v;
}

double leuko_vector_at(const LeukoVector *v, gsize i) { return v->values[v->n == 1 ? 0 : i]; }

LeukoVector *leuko_vector_new(LeukoVectors *vectors, LeukoVectorOp op, const LeukoVector *a,
                              const LeukoVector *b)
{
    gsize n = b ? MAX(a->n, b->n) : a->n;
    if (b && a->n != b->n && a->n != 1 && b->n != 1)
        return NULL;
    LeukoVector *v = add(vectors, n);
    if (!v)
        return NULL;
    v->op = op;
    v->a = a;
    v->b = b;
    for (gsize i = 0; i < n; i++) {
        double x = leuko_vector_at(a, i), y = b ? leuko_vector_at(b, i) : 0;
        v->values[i] = op == LEUKO_VECTOR_ADD   ? x + y
                       : op == LEUKO_VECTOR_SUB ? x - y
                       : op == LEUKO_VECTOR_MUL ? x * y
                                                : 1 / sqrt(x);
    }
    return v;
}

static gboolean is_given(const LeukoVector *v) { return v->op == LEUKO_VECTOR_GIVEN; }

/* rsqrt(variance + epsilon) in either order; epsilon is the operand with one value. */
static gboolean read_rsqrt(const LeukoVector *v, LeukoVectorNorm *norm)
{
    const LeukoVector *sum = v->op == LEUKO_VECTOR_RSQRT ? v->a : NULL;
    if (!sum || sum->op != LEUKO_VECTOR_ADD || !is_given(sum->a) || !is_given(sum->b))
        return FALSE;
    gboolean first = sum->a->n == 1 && sum->b->n != 1;
    const LeukoVector *epsilon = first ? sum->a : sum->b;
    norm->variance = first ? sum->b : sum->a;
    norm->epsilon = epsilon->values[0];
    return epsilon->n == 1;
}

static gboolean read_scale(const LeukoVector *v, LeukoVectorNorm *norm)
{
    norm->gamma = NULL;
    if (v->op != LEUKO_VECTOR_MUL)
        return read_rsqrt(v, norm);
    gboolean first = v->a->op == LEUKO_VECTOR_RSQRT;
    norm->gamma = first ? v->b : v->a;
    return is_given(norm->gamma) && read_rsqrt(first ? v->a : v->b, norm);
}

gboolean leuko_vector_norm(const LeukoVector *scale, const LeukoVector *shift,
                           LeukoVectorNorm *norm)
{
    const LeukoVector *product = shift && shift->op == LEUKO_VECTOR_SUB ? shift->b : NULL;
    if (!scale || !product || !read_scale(scale, norm) || !is_given(shift->a) ||
        product->op != LEUKO_VECTOR_MUL)
        return FALSE;
    norm->beta = shift->a;
    norm->mean = product->a == scale ? product->b : product->a;
    return (product->a == scale || product->b == scale) && is_given(norm->mean);
}
