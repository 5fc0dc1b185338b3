/* fuzz.h: what every fuzz target defines. It returns 0; a broken promise aborts. */
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
