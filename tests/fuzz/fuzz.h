/* fuzz.h: what the fuzz targets share. A target returns 0, and aborts if what its comment states
 * does not hold. */
#pragma once
#include "leuko/error.h"
#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every error is of our domain and one line of valid UTF-8. */
static inline void fuzz_check_error(const GError *error)
{
    g_assert_nonnull(error);
    g_assert_true(error->domain == LEUKO_ERROR);
    g_assert_true(*error->message && strchr(error->message, '\n') == NULL);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

/* Makes the bytes a file in memory for readers that take a path: returns "/proc/self/fd/N", free
 * with g_free(). The caller closes *fd. */
static inline gchar *fuzz_file(const uint8_t *data, size_t size, int *fd)
{
    *fd = memfd_create("fuzz", MFD_CLOEXEC);
    g_assert_true(*fd >= 0);
    for (size_t done = 0; done < size;) {
        ssize_t n = write(*fd, data + done, size - done);
        g_assert_true(n > 0);
        done += (size_t)n;
    }
    return g_strdup_printf("/proc/self/fd/%d", *fd);
}
