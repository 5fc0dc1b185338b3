/* engine/dnnl.h: the small things of oneDNN 2.6's C API, with our errors and ownership.
 *
 * Every call goes through leuko_dnnl_ok(): "oneDNN: WHAT: out of memory" as a GError. Handles are
 * owned by g_auto(dnnl_primitive_t) x = NULL; and handed over by g_steal_pointer(&x). A NULL handle
 * is "none".
 * Threads: the engine may be shared by all; streams and memory objects by one thread at a time.
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

/* The process's one CPU engine, made at the first call and never freed. NULL on error. */
dnnl_engine_t leuko_dnnl_engine(GError **error);
dnnl_stream_t leuko_dnnl_stream_new(GError **error);

/* Fill *md. 1 to 5 dims. */
gboolean leuko_dnnl_desc(dnnl_memory_desc_t *md, int n_dims, const dnnl_dim_t *dims,
                         dnnl_data_type_t type, dnnl_format_tag_t tag, GError **error);
/* A memory object over `data`, which it borrows; NULL: to be set by dnnl_memory_set_data_handle().
 * A zero-sized md gives a valid object. */
dnnl_memory_t leuko_dnnl_memory_new(const dnnl_memory_desc_t *md, void *data, GError **error);

/* Memory of `bytes`, zeroed, aligned to 64 bytes (2 MiB and advised to be huge pages from 1 MiB
 * on). Errors: LEUKO_ERROR_MEMORY. Free with leuko_dnnl_free (NULL does nothing). */
void *leuko_dnnl_alloc(gsize bytes, GError **error);
void leuko_dnnl_free(void *data);

/* Convert once, now, on stream: layout and data type of `from` into those of `to`. attr may be NULL
 * (else: output scales for int8). */
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

/* Set this thread's OpenMP threads for what follows; returns the number before, for restoring.
 * n 0: leave as is. */
int leuko_dnnl_set_threads(int n);
