/* formats/keras/wire.h: the answer of leuko-read-hdf5 (src/hdf5), the program that reads Keras
 * files.
 *
 * One stream in the machine's byte order. Each record is a LeukoKerasRecord and its data:
 *   1. BEGIN    what: LEUKO_KERAS_WIRE
 *   2. TENSOR   once for each tensor. what: its type in the file; n_dims, dims; n_text bytes of
 *               name; then the product of `dims` values as float32 in C order
 *   3. END      what: the layout; dims[0]: layers with variables; dims[1]: ignored data sets;
 *               n_text bytes that name the Keras version ("2.2.5 on tensorflow"), or none
 *   4. REFUSAL  replaces END, at any point. what: the reason; n_text bytes of message
 * leuko_keras_answer_read() checks every number against the limits below.
 *
 * This header is shared with a program that has neither GLib nor libleuko.
 */
#pragma once
#include <stdint.h>

enum { LEUKO_KERAS_WIRE = 0x354b4c01, LEUKO_KERAS_MAX_DIMS = 8 };
enum { LEUKO_KERAS_MAX_TENSORS = 65536, LEUKO_KERAS_MAX_TEXT = 1024 };
enum { LEUKO_KERAS_CPU_S = 60, LEUKO_KERAS_WALL_S = 120 };

/* LeukoKerasRecord.kind */
enum { LEUKO_KERAS_BEGIN = 1, LEUKO_KERAS_TENSOR, LEUKO_KERAS_END, LEUKO_KERAS_REFUSAL };
/* .what of TENSOR: the number type in the file */
enum { LEUKO_KERAS_F16, LEUKO_KERAS_BF16, LEUKO_KERAS_F32, LEUKO_KERAS_F64, LEUKO_KERAS_N_TYPES };
/* .what of END: the layout of the file */
enum { LEUKO_KERAS_LEGACY = 1, LEUKO_KERAS_VARS };
/* .what of REFUSAL: the reason */
enum { LEUKO_KERAS_DAMAGED = 1, LEUKO_KERAS_UNSUPPORTED, LEUKO_KERAS_NO_MEMORY };

typedef struct {
    uint32_t kind, what, n_dims, n_text;
    uint64_t dims[LEUKO_KERAS_MAX_DIMS];
} LeukoKerasRecord;

/* The largest number of values accepted from a file of this size: 4 times the number of F16 values
 * that fit, because values may be compressed, and a constant for small files of zeros. */
static inline uint64_t leuko_keras_max_values(uint64_t file_bytes)
{
    return 2 * file_bytes + (8u << 20);
}
#define LEUKO_KERAS_MAX_FILE_BYTES (UINT64_C(4) << 30)
