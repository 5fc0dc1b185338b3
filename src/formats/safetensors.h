/* formats/safetensors.h: named tensors in one file, with checksums.
 *
 *   1. u64 N, little endian: length of the header, at most 100,000,000
 *   2. N bytes of JSON, padded with spaces: {"NAME": {"dtype": "F32", "shape": [..],
 *      "data_offsets": [begin, end)}, ..., "__metadata__": {"KEY": "text", ...}}
 *   3. the data; offsets count from the end of the header; tensors leave no gaps and do not overlap
 * Source: huggingface/safetensors README ("Format").
 *
 * Leuko's files also have __metadata__ "leuko_crc32c": 8 hex digits, the CRC-32C of the N bytes of
 * the header with these digits as zeros (formats/stamp.h), then 8 hex digits for each tensor in
 * order of offsets, the CRC-32C of its bytes. A file without it, of an earlier version or of
 * another program, is read without these checks.
 *
 * Every length is checked before it is used; errors name the file and the tensor. The header's
 * memory is drawn from a budget of its size (base/json.h); at most 65,536 tensors.
 */
#pragma once
#include "base/durable.h"
#include "net/params.h"
#include <jansson.h>

typedef struct LeukoSafetensors LeukoSafetensors;

typedef struct {
    const char *name;
    const char *dtype; /* "F32", "F16", "BF16", "F64", "I64", "I32", "I8", "U8", "BOOL", ... */
    guint n_dims;
    gsize dims[LEUKO_MAX_DIMS];
    gsize n_values, n_bytes;
    gconstpointer data; /* into the file's bytes; any alignment */
} LeukoSafetensor;

/* TRUE if the first bytes can be a safetensors file: a possible length, then '{'. */
gboolean leuko_safetensors_sniff(gconstpointer bytes, gsize n_bytes);

/* A text of __metadata__ of the file at `path`, of which only the header is read; new, g_free.
 * NULL: not such a file, or no such text. */
gchar *leuko_safetensors_peek(const char *path, const char *key);

/* Open a file and check its whole header, with its checksum. Errors: LEUKO_ERROR_IO,
 * LEUKO_ERROR_FORMAT. */
LeukoSafetensors *leuko_safetensors_open(const char *path, GError **error);
/* The same from bytes in memory (takes a reference); `name` is the file's name in messages. */
LeukoSafetensors *leuko_safetensors_parse(GBytes *bytes, const char *name, GError **error);
void leuko_safetensors_free(LeukoSafetensors *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoSafetensors, leuko_safetensors_free)

guint leuko_safetensors_n_tensors(const LeukoSafetensors *file);
/* The tensors are sorted by offset. */
const LeukoSafetensor *leuko_safetensors_nth(const LeukoSafetensors *file, guint index);
/* A text of __metadata__, or NULL. */
const char *leuko_safetensors_metadata(const LeukoSafetensors *file, const char *key);
json_t *leuko_safetensors_all_metadata(const LeukoSafetensors *file); /* object or NULL, borrowed */

/* Check the data of all tensors, if the file has checksums. Errors: LEUKO_ERROR_FORMAT (the
 * message names the tensor). Cost: reads the whole file; 1 ms for 11 MB. */
gboolean leuko_safetensors_check_data(const LeukoSafetensors *file, GError **error);

/* All floating-point tensors, after leuko_safetensors_check_data(). F32 values aligned to 4 bytes
 * are borrowed from the file's bytes; other F32, F16, BF16 and F64 values are converted. Integer
 * tensors are ignored. */
LeukoParams *leuko_safetensors_params(const LeukoSafetensors *file, GError **error);
/* The same from a path. */
LeukoParams *leuko_safetensors_tensors(const char *path, GError **error);

/* The bytes of a tensor, new: a part of the file's bytes. */
GBytes *leuko_safetensors_bytes(const LeukoSafetensors *file, const LeukoSafetensor *tensor);

/* Write params as F32 in name order; the file appears whole or not at all.
 * metadata  object of strings, or NULL
 * Errors    LEUKO_ERROR_IO */
gboolean leuko_safetensors_save(const LeukoParams *params, json_t *metadata, const char *path,
                                GError **error);

typedef struct {
    gboolean half; /* convolution weights (4 dimensions) as F16: half the size, about 3 digits */
    const LeukoSafetensor
        *others; /* (n_others) tensors of bytes, as in leuko_safetensors_begin() */
    guint n_others;
} LeukoSafetensorsSave;
/* The same, with convolutions as F16 or with other tensors behind the parameters. */
gboolean leuko_safetensors_save_with(const LeukoParams *params, const LeukoSafetensorsSave *how,
                                     json_t *metadata, const char *path, GError **error);

/* Write a file of tensors in an order that keeps each aligned to its value size. The caller sets
 * name, dtype, dims, n_values and data of each, and calls leuko_durable_commit() to give the file
 * its name. Errors: LEUKO_ERROR_IO. */
LeukoDurable *leuko_safetensors_begin(const LeukoSafetensor *tensors, guint n, json_t *metadata,
                                      const char *path, GError **error);
