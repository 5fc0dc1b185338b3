/* formats/headers.h: what the heads of files say that Leuko names but does not read, for `leuko
 * info`.
 *
 * Graphs of the Neural Compute Stick (little endian):
 *   1. NCSDK v1: 32 zero bytes, u32 file size @32, u32 version 2 @36, name[100] @40, report[100]
 * @140, u32 stages
 *      @240, u32 begin of the data @244, u16 first and last shave @248, 250; 227 bytes a stage
 * follow
 *   2. NCSDK v2: 34 bytes that resemble ELF, then u32 @34: 8708, file size, version major, minor,
 * shaves, begin of the stages, of the buffers, of the relocations, input size, permutation; the
 * stages begin with their u32 count
 *   3. OpenVINO MYRIAD: 52 bytes of ELF, then u32 @52: 9709, file size, version major, minor,
 * inputs, outputs, stages, bytes of inputs, of outputs, batch, bytes of memory, slices of CMX,
 * shaves, has hardware, shave and DMA stages, begin of input infos, output infos, stages, constants
 * Sources: NCSDK's compiled graphs; OpenVINO's vpu/backend/blob_format.hpp.
 */
#pragma once
#include "base/json.h"
#include "formats/sniff.h"

/* An object of texts in the order to tell them; kinds without a header that tells anything give an
 * empty one. bytes    the whole file; NULL if n is 0 Result   new reference; every text is one line
 * of valid UTF-8 Errors   LEUKO_ERROR_FORMAT: shorter than its header, or lengths in it that the
 * file has not; `name` stands in the messages */
json_t *leuko_headers_json(LeukoFileKind kind, gconstpointer bytes, gsize n, const char *name,
                           GError **error);

/* For headers.c. A SavedModel's or a MetaGraph's tags, nodes and signatures, likewise. */
gboolean leuko_headers_tensorflow(LeukoFileKind kind, json_t *told, gconstpointer bytes, gsize n,
                                  const char *name, GError **error);
/* Add a text. */
void leuko_headers_tell(json_t *told, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);
