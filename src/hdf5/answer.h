/* hdf5/answer.h: write the answer of formats/keras/wire.h to standard output. A failed write ends
 * the process. */
#pragma once
#include "formats/keras/wire.h"
#include <stddef.h>

void answer_begin(void);
void answer_tensor(const char *name, uint32_t type, uint32_t n_dims, const uint64_t *dims,
                   const float *values, uint64_t n_values);
void answer_end(uint32_t layout, uint64_t n_layers, uint64_t n_passed_over, const char *writer);
/* Ends the process with status 1. */
_Noreturn void answer_refusal(uint32_t why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
