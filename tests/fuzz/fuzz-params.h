/* fuzz-params.h: reads every value of parameters that a fuzz target has read from a file. */
#pragma once
#include "net/params.h"

/* The address sanitizer stops at a tensor that is longer than its memory. */
static inline void fuzz_read_all(const LeukoParams *params)
{
    double sum = 0;
    for (guint i = 0; i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *t = leuko_params_nth(params, i);
        g_assert_true(g_utf8_validate(t->name, -1, NULL));
        for (gsize k = 0; k < t->n_values; k++)
            sum += t->data[k];
    }
    volatile double used = sum;
    (void)used;
}
