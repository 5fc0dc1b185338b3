/* engine/dnnl.h: helpers for oneDNN 2.6's C API: GError, g_auto cleanup, memory.
 *
 * Files of the engine that call oneDNN: dnnl, processor, moments and state-output (sgemm),
 * program, program-parts, program-float, program-int8, state, backprop, backprop-build,
 * backprop-forward, backprop-params. No other module does, except bench/ceiling.
 * oneDNN 3.x differs in: *_desc_init() and dnnl_primitive_desc_create() (processor, program-parts,
 * program-float, program-int8, backprop-build); output scales and zero points (program-int8);
 * dnnl_post_ops_append_eltwise() (program-parts); fields of memory descriptors (program,
 * program-float); Winograd (program-float, backprop-build).
 *
 * leuko_dnnl_ok() turns a status into a GError: "oneDNN: WHAT: out of memory". A local variable
 * owns its handle with g_auto(dnnl_primitive_t) x = NULL; g_steal_pointer(&x) hands it over. NULL
 * means no handle.
 * Threads: all threads may share the engine; one thread at a time may use a stream or memory
 * object.
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

/* Fill *md: 1 to 5 dimensions in the layout `tag`. */
gboolean leuko_dnnl_desc(dnnl_memory_desc_t *md, int n_dims, const dnnl_dim_t *dims,
                         dnnl_data_type_t type, dnnl_format_tag_t tag, GError **error);
/* A memory object for `data`, which is borrowed; if data is NULL, dnnl_memory_set_data_handle()
 * sets it later. A zero-sized md gives a valid object. */
dnnl_memory_t leuko_dnnl_memory_new(const dnnl_memory_desc_t *md, void *data, GError **error);

/* Zeroed memory of `bytes`, aligned to 64 bytes; from 1 MiB on aligned to 2 MiB and advised to use
 * huge pages. Errors: LEUKO_ERROR_MEMORY. Free with leuko_dnnl_free (NULL does nothing). */
void *leuko_dnnl_alloc(gsize bytes, GError **error);
void leuko_dnnl_free(void *data);

/* Convert data from the layout and type of `from` to the layout and type of `to`, and wait for the
 * result. attr may be NULL, or hold output scales for int8. */
gboolean leuko_dnnl_convert(dnnl_stream_t stream, const dnnl_memory_desc_t *from, const void *data,
                            const dnnl_memory_desc_t *to, void *out,
                            const_dnnl_primitive_attr_t attr, GError **error);

/* oneDNN's name of the implementation: "jit:avx512_core", "brgconv:avx512_core", "ref:any". */
const char *leuko_dnnl_kernel(const_dnnl_primitive_desc_t pd);
/* TRUE for the slow reference implementations. */
gboolean leuko_dnnl_kernel_is_reference(const char *kernel);
/* One of a primitive descriptor's memory descriptors, borrowed; e.g. dnnl_query_weights_md, 0. */
const dnnl_memory_desc_t *leuko_dnnl_query(const_dnnl_primitive_desc_t pd, dnnl_query_t what,
                                           int index);

/* The blocked layout of activations: dnnl_nChw16c with AVX-512, else dnnl_nChw8c. */
dnnl_format_tag_t leuko_dnnl_blocked_tag(void);

/* Set the number of OpenMP threads for the next parallel regions of the calling thread (0: no
 * change). Returns the previous number, so that the caller can restore it. */
int leuko_dnnl_set_threads(int n);
