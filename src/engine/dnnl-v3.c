/* oneDNN 3: one call makes a primitive descriptor. The attributes hold only which scales and zero
 * points exist; their values are arguments of each run. */
#include "engine/dnnl-version.h"

static const dnnl_dims_t no_dilation = {0};

LeukoMemoryDesc leuko_dnnl_make_desc(int n_dims, const dnnl_dim_t *dims, dnnl_data_type_t type,
                                     dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t md = NULL;
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(&md, n_dims, dims, type, tag);
    g_assert(status == dnnl_success);
    return md;
}

dnnl_data_type_t leuko_dnnl_desc_type(LeukoMemoryDesc md)
{
    dnnl_data_type_t type = dnnl_data_type_undef;
    dnnl_memory_desc_query(md, dnnl_query_data_type, &type);
    return type;
}

dnnl_status_t leuko_dnnl_append_relu(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0, 0);
}

/* Per channel: dimension 0 of the weights (oc, ic, kh, kw), dimension 1 of an activation. */
dnnl_status_t leuko_dnnl_set_scales(dnnl_primitive_attr_t attr, const LeukoDnnlExtra *extra,
                                    int scaled_arg)
{
    int mask = extra->n_scales <= 1 ? 0 : scaled_arg == DNNL_ARG_WEIGHTS ? 1 << 0 : 1 << 1;
    dnnl_status_t status = dnnl_success;
    if (extra->n_scales > 0)
        status = dnnl_primitive_attr_set_scales_mask(attr, scaled_arg, mask);
    if (status == dnnl_success && extra->zero != 0)
        status = dnnl_primitive_attr_set_zero_points_mask(attr, DNNL_ARG_DST, 0);
    return status;
}

guint leuko_dnnl_constants(const_dnnl_primitive_desc_t desc, const LeukoDnnlExtra *extra,
                           LeukoDnnlConstant out[LEUKO_DNNL_MAX_CONSTANTS])
{
    dnnl_primitive_kind_t kind = dnnl_undefined_primitive;
    guint n = 0;
    dnnl_primitive_desc_query(desc, dnnl_query_primitive_kind, 0, &kind);
    int scaled_arg = kind == dnnl_convolution ? DNNL_ARG_WEIGHTS : DNNL_ARG_FROM;
    if (extra->n_scales > 0)
        out[n++] = (LeukoDnnlConstant){DNNL_ARG_ATTR_SCALES | scaled_arg, extra->n_scales, dnnl_f32,
                                       extra->scales};
    if (extra->zero != 0)
        out[n++] = (LeukoDnnlConstant){DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_DST, 1, dnnl_s32,
                                       &extra->zero};
    return n;
}

float leuko_dnnl_bias_factor(float scale) { return scale; }

dnnl_status_t leuko_dnnl_make_conv(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                   dnnl_prop_kind_t pass, const LeukoDnnlConv *c,
                                   const_dnnl_primitive_attr_t attr)
{
    dnnl_alg_kind_t algorithm = c->winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
    if (pass == dnnl_backward_weights)
        return dnnl_convolution_backward_weights_primitive_desc_create(
            desc, engine, algorithm, c->source, c->weights, NULL, c->target, c->strides,
            no_dilation, c->pads, c->pads, NULL, attr);
    if (pass == dnnl_backward_data)
        return dnnl_convolution_backward_data_primitive_desc_create(
            desc, engine, algorithm, c->source, c->weights, c->target, c->strides, no_dilation,
            c->pads, c->pads, NULL, attr);
    return dnnl_convolution_forward_primitive_desc_create(
        desc, engine, pass, algorithm, c->source, c->weights, c->bias, c->target, c->strides,
        no_dilation, c->pads, c->pads, attr);
}

dnnl_status_t leuko_dnnl_make_pool(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                   const LeukoDnnlPool *p, const_dnnl_primitive_attr_t attr)
{
    return dnnl_pooling_forward_primitive_desc_create(
        desc, engine, dnnl_forward_inference, p->algorithm, p->source, p->target, p->strides,
        p->kernel, no_dilation, p->pads, p->pads, attr);
}

const char *leuko_dnnl_lacks(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("sse4.1") ? NULL : "SSE4.1";
#else
    return NULL;
#endif
}
