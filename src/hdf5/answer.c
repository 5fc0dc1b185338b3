#include "hdf5/answer.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(const void *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t w = write(STDOUT_FILENO, (const char *)bytes + done, n - done);
        if (w <= 0 && errno != EINTR)
            _exit(2);
        done += w > 0 ? (size_t)w : 0;
    }
}

static void put_record(LeukoKerasRecord r, const char *text)
{
    r.n_text = (uint32_t)strnlen(text, LEUKO_KERAS_MAX_TEXT);
    put(&r, sizeof r);
    put(text, r.n_text);
}

void answer_begin(void)
{
    put_record((LeukoKerasRecord){.kind = LEUKO_KERAS_BEGIN, .what = LEUKO_KERAS_WIRE}, "");
}

void answer_tensor(const char *name, uint32_t type, uint32_t n_dims, const uint64_t *dims,
                   const float *values, uint64_t n_values)
{
    LeukoKerasRecord r = {.kind = LEUKO_KERAS_TENSOR, .what = type, .n_dims = n_dims};
    memcpy(r.dims, dims, n_dims * sizeof *dims);
    put_record(r, name);
    put(values, n_values * sizeof *values);
}

void answer_end(uint32_t layout, uint64_t n_layers, uint64_t n_ignored, const char *writer)
{
    put_record(
        (LeukoKerasRecord){.kind = LEUKO_KERAS_END, .what = layout, .dims = {n_layers, n_ignored}},
        writer);
}

_Noreturn void answer_refusal(uint32_t why, const char *format, ...)
{
    char text[LEUKO_KERAS_MAX_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put_record((LeukoKerasRecord){.kind = LEUKO_KERAS_REFUSAL, .what = why}, text);
    _exit(1);
}
