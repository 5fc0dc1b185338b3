/* formats/tf/graphdef-vector.h: a graph's arithmetic on constants with one value per channel.
 *
 * An unfused batch norm computes a scale and a shift from variance, epsilon, gamma, mean and beta
 * with Rsqrt, Mul, Sub and Add, then multiplies and adds them to the convolution's output. A vector
 * keeps its operands beside its values, so that the parameters can be recovered.
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

/* A batch norm: scale = gamma rsqrt(variance + epsilon), shift = beta - mean scale. gamma NULL: all
 * ones. */
typedef struct {
    const LeukoVector *gamma, *beta, *mean, *variance;
    double epsilon;
} LeukoVectorNorm;
/* Recover the batch norm from a scale and a shift. FALSE if they were computed in another way. */
gboolean leuko_vector_norm(const LeukoVector *scale, const LeukoVector *shift,
                           LeukoVectorNorm *norm);
