#include "engine/dnnl.h"
#include "leuko/error.h"
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const gsize huge_page_bytes = 2u << 20;

static const char *status_text(dnnl_status_t status)
{
    switch (status) {
    case dnnl_out_of_memory:
        return "out of memory";
    case dnnl_invalid_arguments:
        return "invalid arguments";
    case dnnl_unimplemented:
        return "not implemented on this processor";
    case dnnl_not_required:
        return "not required";
    case dnnl_runtime_error:
        return "runtime error";
    default:
        return "failed";
    }
}

gboolean leuko_dnnl_ok(dnnl_status_t status, GError **error, const char *what, ...)
{
    if (status == dnnl_success)
        return TRUE;
    gint code = LEUKO_ERROR_ARGUMENT;
    if (status == dnnl_out_of_memory)
        code = LEUKO_ERROR_MEMORY;
    else if (status == dnnl_unimplemented)
        code = LEUKO_ERROR_UNSUPPORTED;
    va_list args;
    va_start(args, what);
    g_autofree gchar *text = g_strdup_vprintf(what, args);
    va_end(args);
    g_set_error(error, LEUKO_ERROR, code, "oneDNN: %s: %s", text, status_text(status));
    return FALSE;
}

dnnl_engine_t leuko_dnnl_engine(GError **error)
{
    /* never freed, because primitives of any thread may need it until the process exits */
    static dnnl_engine_t engine;
    static GMutex mutex;
    dnnl_engine_t result = NULL;
    const char *lacks = leuko_dnnl_lacks();
    if (lacks) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED,
                    "this processor lacks %s, which oneDNN %s needs", lacks, leuko_dnnl_version());
        return NULL;
    }
    g_mutex_lock(&mutex);
    if (engine || leuko_dnnl_ok(dnnl_engine_create(&engine, dnnl_cpu, 0), error, "CPU engine"))
        result = engine;
    g_mutex_unlock(&mutex);
    return result;
}

dnnl_stream_t leuko_dnnl_stream_new(GError **error)
{
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    dnnl_stream_t stream = NULL;
    if (!engine || !leuko_dnnl_ok(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags),
                                  error, "stream"))
        return NULL;
    return stream;
}

const char *leuko_dnnl_version(void)
{
    static gchar text[32];
    static gsize once;
    if (g_once_init_enter(&once)) {
        const dnnl_version_t *v = dnnl_version();
        g_snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
        g_once_init_leave(&once, 1);
    }
    return text;
}

/* --- memory ----------------------------------------------------------------------------------- */

dnnl_memory_t leuko_dnnl_memory_new(LeukoMemoryDesc md, void *data, GError **error)
{
    dnnl_engine_t engine = leuko_dnnl_engine(error);
    dnnl_memory_t memory = NULL;
    if (!engine || !leuko_dnnl_ok(dnnl_memory_create(&memory, md, engine, data), error, "memory"))
        return NULL;
    return memory;
}

void *leuko_dnnl_alloc(gsize bytes, GError **error)
{
    gboolean huge = bytes >= huge_page_bytes / 2;
    gsize align = huge ? huge_page_bytes : 64;
    gsize rounded = (MAX(bytes, 1) + align - 1) / align * align;
    void *data = rounded >= bytes ? aligned_alloc(align, rounded) : NULL;
    if (!data) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_MEMORY, "no memory for %zu bytes", bytes);
        return NULL;
    }
    if (huge)
        madvise(data, rounded,
                MADV_HUGEPAGE); /* only a hint: if it fails, the results are the same */
    return memset(data, 0, rounded);
}

void leuko_dnnl_free(void *data) { free(data); }

/* --- queries --------------------------------------------------------------------------------- */

const char *leuko_dnnl_kernel(const_dnnl_primitive_desc_t pd)
{
    const char *name = NULL;
    dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name);
    return name ? name : "unknown";
}

gboolean leuko_dnnl_kernel_is_reference(const char *kernel)
{
    return g_str_has_prefix(kernel, "ref");
}

LeukoMemoryDesc leuko_dnnl_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what, int index)
{
    return dnnl_primitive_desc_query_md(pd, what, index);
}

dnnl_format_tag_t leuko_dnnl_blocked_tag(void)
{
    unsigned wanted = dnnl_cpu_isa_avx512_core;
    return ((unsigned)dnnl_get_effective_cpu_isa() & wanted) == wanted ? dnnl_nChw16c : dnnl_nChw8c;
}

int leuko_dnnl_set_threads(int n)
{
    int before = omp_get_max_threads();
    if (n > 0)
        omp_set_num_threads(n);
    return before;
}
