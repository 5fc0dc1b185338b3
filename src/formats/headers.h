/* formats/headers.h: the headers of file kinds that Leuko identifies but does not read.
 *
 * Graphs of the Neural Compute Stick, little endian, offsets in bytes:
 *   1. NCSDK v1: 32 zero bytes; u32 file size at 32; u32 version 2 at 36; name[100] at 40;
 *      report[100] at 140; u32 number of stages at 240; u32 start of the data at 244; u16 first and
 *      last SHAVE processor at 248 and 250; then 227 bytes for each stage
 *   2. NCSDK v2: 34 bytes that resemble ELF; then u32 from 34: 8708, file size, version major,
 *      version minor, SHAVE processors, start of the stages, of the buffers, of the relocations,
 *      input size, permutation. The stages begin with their u32 number.
 *   3. OpenVINO MYRIAD: 52 bytes of ELF; then u32 from 52: 9709, file size, version major, version
 *      minor, inputs, outputs, stages, bytes of inputs, bytes of outputs, batch, bytes of memory,
 *      CMX slices, SHAVE processors, three flags (hardware, SHAVE and DMA stages), start of the
 *      input infos, of the output infos, of the stages, of the constants
 * Source: NCSDK's compiled graphs; OpenVINO's vpu/backend/blob_format.hpp.
 */
#pragma once
#include "base/json.h"
#include "formats/sniff.h"

/* Describe a file by its header. The result is empty for a kind without a known header.
 * bytes    the whole file; NULL if n is 0
 * name     of the file, in messages
 * Result   facts (formats/facts.h), new reference
 * Errors   LEUKO_ERROR_FORMAT: the file is shorter than its header, or than a length in it */
json_t *leuko_headers_json(LeukoFileKind kind, gconstpointer bytes, gsize n, const char *name,
                           GError **error);
