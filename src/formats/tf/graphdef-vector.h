/* formats/tf/graphdef-vector.h: a graph's arithmetic on constants, one value per channel.
 *
 * Unfused batch norm is Rsqrt, Mul, Sub and Add of vectors (variance, epsilon, gamma, mean, beta),
 * and a multiplication and an addition of the convolution's output. A vector is computed, and
 * remembers its operands, so that the parameters can be recovered.
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
/* Copies `values`. NULL: more arithmetic than a network has, or lengths that do not match. */
LeukoVector *leuko_vector_given(LeukoVectors *vectors, const float *values, gsize n);
LeukoVector *leuko_vector_new(LeukoVectors *vectors, LeukoVectorOp op, const LeukoVector *a,
                              const LeukoVector *b);
double leuko_vector_at(const LeukoVector *v, gsize i);

/* The batch norm that a scale and a shift come from: scale = rsqrt(variance + epsilon) [gamma],
 * shift = beta - mean scale. gamma NULL = none. */
typedef struct {
    const LeukoVector *gamma, *beta, *mean, *variance;
    double epsilon;
} LeukoVectorNorm;
/* FALSE if they come from something else. */
gboolean leuko_vector_norm(const LeukoVector *scale, const LeukoVector *shift,
                           LeukoVectorNorm *norm);
