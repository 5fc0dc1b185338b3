/* A reader of safetensors files for the golden tests, independent of the one under test in
 * src/formats: it trusts its file and stops the test where that is not what it says. */
#pragma once
#include "net/params.h"

/* All tensors (F32 and F16) of the file, as float32; `metadata` (may be NULL) gets the JSON object
 * __metadata__ as a string table. */
LeukoParams *golden_tensors_load(const char *path, GHashTable **metadata);

/* The folder of shared test material, or NULL after g_test_skip(). */
const char *golden_shared(void);
