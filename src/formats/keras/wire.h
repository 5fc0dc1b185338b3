/* formats/keras/wire.h: what leuko-read-hdf5 (src/hdf5), the process that reads a Keras file, answers.
 *
 * One stream in the machine's own byte order, of records of LeukoKerasRecord each with what follows it:
 *   1. BEGIN    what: LEUKO_KERAS_WIRE
 *   2. TENSOR   what: its type in the file; n_dims, dims; n_text bytes of name; then the product of dims
 *               values as float32, C order. Any number of them.
 *   3. END      what: the layout; dims[0] layers with variables, dims[1] data sets passed over; n_text
 *               bytes that say which Keras wrote it ("2.2.5 on tensorflow"), or none
 *      REFUSAL  instead of END, wherever it stands: what: why; n_text bytes of message
 * Nobody trusts it: leuko_keras_answer_read() checks every number against the limits below.
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
enum { LEUKO_KERAS_UNSOUND = 1, LEUKO_KERAS_UNSUPPORTED, LEUKO_KERAS_NO_MEMORY };

typedef struct {
    uint32_t kind, what, n_dims, n_text;
    uint64_t dims[LEUKO_KERAS_MAX_DIMS];
} LeukoKerasRecord;

/* Values that a file of this size may hold: as many as its bytes could be f16, four times over for
 * compression, and as much again as a small compressed file of zeros needs. */
static inline uint64_t leuko_keras_max_values(uint64_t file_bytes)
{
    return 2 * file_bytes + (8u << 20);
}
#define LEUKO_KERAS_MAX_FILE_BYTES (UINT64_C(4) << 30)
