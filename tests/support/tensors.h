/* A second reader of safetensors files, independent of the one under test in src/formats. It trusts
 * the file; a malformed file fails the test. */
#pragma once
#include "net/params.h"

/* All tensors (F32 and F16) of the file, as float32; `metadata` (may be NULL) gets the JSON object
 * __metadata__ as a string table. */
LeukoParams *golden_tensors_load(const char *path, GHashTable **metadata);

/* The folder of shared test material, or NULL after g_test_skip(). */
const char *golden_shared(void);
