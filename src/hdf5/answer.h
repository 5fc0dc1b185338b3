/* hdf5/answer.h: write an answer in the format of formats/keras/wire.h to standard output.
 *
 * 1. answer_begin() once, 2. answer_tensor() for each tensor, 3. answer_end(). answer_refusal()
 * replaces the rest at any point. A failed write ends the process with status 2.
 */
#pragma once
#include "formats/keras/wire.h"
#include <stddef.h>

void answer_begin(void);
void answer_tensor(const char *name, uint32_t type, uint32_t n_dims, const uint64_t *dims,
                   const float *values, uint64_t n_values);
void answer_end(uint32_t layout, uint64_t n_layers, uint64_t n_ignored, const char *writer);
/* Write the message, then end the process with status 1. `why`: LEUKO_KERAS_DAMAGED, ... */
_Noreturn void answer_refusal(uint32_t why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
