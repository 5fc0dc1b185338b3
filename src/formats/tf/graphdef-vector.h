/* formats/tf/graphdef-vector.h: the arithmetic that a graph does on constants, one value a channel.
 *
 * Batch norm that is not fused is Rsqrt, Mul, Sub and Add of vectors (variance, epsilon, gamma, mean, beta)
 * around a multiplication and an addition of the convolution's output. Vectors are worked out, and keep what
 * they were made from, so that the parameters can be found again.
 */
#pragma once
#include <glib.h>

typedef enum {
    LEUKO_VECTOR_GIVEN,
    LEUKO_VECTOR_ADD,
    LEUKO_VECTOR_SUB,
    LEUKO_VECTOR_MUL,
    LEUKO_VECTOR_RSQRT
} LeukoVectorOp;

typedef struct LeukoVector LeukoVector;
struct LeukoVector {
    LeukoVectorOp op;
    const LeukoVector *a, *b; /* NULL where the operation has none */
    gsize n;                  /* 1: the same for every channel */
    double *values;           /* (n) */
};

typedef struct {
    GPtrArray *all;
    gsize n_values; /* of all; limited */
} LeukoVectors;

void leuko_vectors_init(LeukoVectors *vectors);
void leuko_vectors_clear(LeukoVectors *vectors); /* with every vector */
/* values is copied. NULL: more arithmetic than a network has, or lengths that do not go together. */
LeukoVector *leuko_vector_given(LeukoVectors *vectors, const float *values, gsize n);
LeukoVector *leuko_vector_new(LeukoVectors *vectors, LeukoVectorOp op, const LeukoVector *a,
                              const LeukoVector *b);
double leuko_vector_at(const LeukoVector *v, gsize i);

/* What a scale and a shift are of, if they are a batch norm's: scale = rsqrt(variance + epsilon) [gamma],
 * shift = beta - mean scale. gamma NULL: none. FALSE: they are something else. */
typedef struct {
    const LeukoVector *gamma, *beta, *mean, *variance;
    double epsilon;
} LeukoVectorNorm;
gboolean leuko_vector_norm(const LeukoVector *scale, const LeukoVector *shift,
                           LeukoVectorNorm *norm);
