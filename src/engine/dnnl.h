/* engine/dnnl.h: helpers for oneDNN's C API: GError, g_auto cleanup, memory. The lowest of:
 *
 *   dnnl            helpers that are the same with every version
 *   dnnl-version    what differs between oneDNN 2 and 3: descriptors, attributes, scales. Meson
 *                   compiles dnnl-v2.c or dnnl-v3.c. Only they and LeukoMemoryDesc below depend on
 *                   the version
 *   dnnl-primitive  describes tensors and primitives, on top of both; the engine includes this one
 *
 * Other files of the engine call these functions, and those functions of <dnnl.h> that oneDNN 2.6
 * to 3.12 have in common: they run and destroy primitives, streams and memory objects, query a
 * descriptor, and call dnnl_sgemm(). Outside the engine, only bench/ceiling calls oneDNN
 * (docs/decisions/0011-onednn-versions.md).
 *
 * leuko_dnnl_ok() turns a status into a GError: "oneDNN: WHAT: out of memory". A local variable
 * owns its handle with g_auto(dnnl_primitive_t) x = NULL; g_steal_pointer(&x) hands it over. NULL
 * means no handle.
 * Threads: all threads may share the engine and the descriptors; one thread at a time may use a
 * stream or memory object.
 */
#pragma once
#include <dnnl.h>
#include <glib.h>

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(dnnl_primitive_t, dnnl_primitive_destroy, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(dnnl_primitive_desc_t, dnnl_primitive_desc_destroy, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(dnnl_primitive_attr_t, dnnl_primitive_attr_destroy, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(dnnl_post_ops_t, dnnl_post_ops_destroy, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(dnnl_memory_t, dnnl_memory_destroy, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(dnnl_stream_t, dnnl_stream_destroy, NULL)

/* TRUE on success. Errors: LEUKO_ERROR_MEMORY (out of memory), LEUKO_ERROR_UNSUPPORTED
 * (unimplemented on this processor), LEUKO_ERROR_ARGUMENT (all else). `what` names the call and the
 * layer. */
gboolean leuko_dnnl_ok(dnnl_status_t status, GError **error, const char *what, ...)
    G_GNUC_PRINTF(3, 4);

/* The CPU engine of the process, made at the first call and never freed. NULL on error. */
dnnl_engine_t leuko_dnnl_engine(GError **error);
dnnl_stream_t leuko_dnnl_stream_new(GError **error);

/* "3.7.2": the version of the library that runs, which may be newer than its headers; static. */
const char *leuko_dnnl_version(void);

/* Name of the instruction set that oneDNN needs and this processor lacks, or NULL; in dnnl-v2.c and
 * dnnl-v3.c. oneDNN 3 fails on an x86 processor without SSE4.1 with "out of memory"; oneDNN 2
 * runs there. */
const char *leuko_dnnl_lacks(void);

/* --- memory ----------------------------------------------------------------------------------- */

/* A tensor's shape, type and layout: an immutable, borrowed pointer. One of leuko_dnnl_desc() is
 * valid until the process exits, one of leuko_dnnl_query() as long as the primitive descriptor. Its
 * size in bytes: dnnl_memory_desc_get_size(). */
#if DNNL_VERSION_MAJOR < 3
typedef const dnnl_memory_desc_t *LeukoMemoryDesc;
#else
typedef const_dnnl_memory_desc_t LeukoMemoryDesc;
#endif

/* A memory object for `data`, which is borrowed; if data is NULL, dnnl_memory_set_data_handle()
 * sets it later. A zero-sized md gives a valid object. */
dnnl_memory_t leuko_dnnl_memory_new(LeukoMemoryDesc md, void *data, GError **error);

/* Zeroed memory of `bytes`, aligned to 64 bytes; from 1 MiB on aligned to 2 MiB and advised to use
 * huge pages. Errors: LEUKO_ERROR_MEMORY. Free with leuko_dnnl_free (NULL does nothing). */
void *leuko_dnnl_alloc(gsize bytes, GError **error);
void leuko_dnnl_free(void *data);

/* --- queries --------------------------------------------------------------------------------- */

/* oneDNN's name of the implementation: "jit:avx512_core", "brgconv:avx512_core", "ref:any". */
const char *leuko_dnnl_kernel(const_dnnl_primitive_desc_t pd);
/* TRUE for the slow reference implementations. */
gboolean leuko_dnnl_kernel_is_reference(const char *kernel);
/* One of a primitive descriptor's memory descriptors, borrowed; e.g. dnnl_query_weights_md, 0. */
LeukoMemoryDesc leuko_dnnl_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what, int index);

/* The blocked layout of activations: dnnl_nChw16c with AVX-512, else dnnl_nChw8c. */
dnnl_format_tag_t leuko_dnnl_blocked_tag(void);

/* Set the number of OpenMP threads for the next parallel regions of the calling thread (0: no
 * change). Returns the previous number, so that the caller can restore it. */
int leuko_dnnl_set_threads(int n);
