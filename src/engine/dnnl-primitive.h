/* engine/dnnl-primitive.h: describe tensors and primitives, for every version of oneDNN.
 *
 * Errors: those of leuko_dnnl_ok().
 * Threads: any.
 */
#pragma once
#include "engine/dnnl-version.h"

/* The descriptor of 1 to 5 dimensions in the layout `tag`; equal arguments give the same pointer.
 * Dimensions and layout must be valid. Never fails: as g_new(), it aborts if memory runs out. */
LeukoMemoryDesc leuko_dnnl_desc(int n_dims, const dnnl_dim_t *dims, dnnl_data_type_t type,
                                dnnl_format_tag_t tag);

/* Create *desc, which the caller destroys; on error it stays as it was. The caller provides the
 * scratchpad (dnnl_query_scratchpad_md) at each run.
 * pass    dnnl_forward_inference, dnnl_forward_training, dnnl_backward_weights, dnnl_backward_data
 * extra   NULL: nothing besides the operation
 * Errors  LEUKO_ERROR_UNSUPPORTED also for Winograd where the library has no such kernel: always
 *         with oneDNN 3 on x86 */
gboolean leuko_dnnl_conv(dnnl_primitive_desc_t *desc, dnnl_prop_kind_t pass,
                         const LeukoDnnlConv *conv, const LeukoDnnlExtra *extra, GError **error);
/* As leuko_dnnl_conv(): pool forward, for inference. */
gboolean leuko_dnnl_pool(dnnl_primitive_desc_t *desc, const LeukoDnnlPool *pool,
                         const LeukoDnnlExtra *extra, GError **error);
/* As leuko_dnnl_conv(): convert from one layout and type to another; extra->added and relu must be
 * zero. */
gboolean leuko_dnnl_reorder(dnnl_primitive_desc_t *desc, const char *name, LeukoMemoryDesc from,
                            LeukoMemoryDesc to, const LeukoDnnlExtra *extra, GError **error);
/* Convert data from the layout and type of `from` to the layout and type of `to`, and wait for the
 * result. */
gboolean leuko_dnnl_convert(dnnl_stream_t stream, LeukoMemoryDesc from, const void *data,
                            LeukoMemoryDesc to, void *out, GError **error);
