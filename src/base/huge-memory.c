#include "base/huge-memory.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 2 << 20, LINE = 64, SMALLEST = 2 * PAGE };

gpointer leuko_huge_new0(gsize n_bytes)
{
    gsize align = n_bytes >= SMALLEST ? PAGE : LINE, rounded = n_bytes / align * align + align;
    g_assert(rounded > n_bytes);
    gpointer memory = NULL;
    if (posix_memalign(&memory, align, rounded) != 0)
        g_error("no memory for %zu bytes", rounded);
#ifdef MADV_HUGEPAGE
    if (align == PAGE)
        madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    memset(memory, 0, n_bytes);
    return memory;
}

void leuko_huge_free(gpointer memory) { free(memory); }
