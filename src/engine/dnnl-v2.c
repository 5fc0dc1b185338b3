/* oneDNN 2: an operation descriptor is initialized and then becomes a primitive descriptor. Scales
 * and zero points are part of the attributes. */
#include "engine/dnnl-version.h"

LeukoMemoryDesc leuko_dnnl_make_desc(int n_dims, const dnnl_dim_t *dims, dnnl_data_type_t type,
                                     dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t *md = g_new(dnnl_memory_desc_t, 1);
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(md, n_dims, dims, type, tag);
    g_assert(status == dnnl_success);
    return md;
}

dnnl_data_type_t leuko_dnnl_desc_type(LeukoMemoryDesc md) { return md->data_type; }

dnnl_status_t leuko_dnnl_append_relu(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0);
}

dnnl_status_t leuko_dnnl_set_scales(dnnl_primitive_attr_t attr, const LeukoDnnlExtra *extra,
                                    int scaled_arg)
{
    (void)scaled_arg; /* output scales belong to no argument */
    dnnl_status_t status = dnnl_success;
    if (extra->n_scales > 0)
        status = dnnl_primitive_attr_set_output_scales(
            attr, extra->n_scales, extra->n_scales > 1 ? 1 << 1 : 0, extra->scales);
    if (status == dnnl_success && extra->zero != 0)
        status = dnnl_primitive_attr_set_zero_points(attr, DNNL_ARG_DST, 1, 0, &extra->zero);
    return status;
}

guint leuko_dnnl_constants(const_dnnl_primitive_desc_t desc, const LeukoDnnlExtra *extra,
                           LeukoDnnlConstant out[LEUKO_DNNL_MAX_CONSTANTS])
{
    (void)desc, (void)extra, (void)out;
    return 0;
}

float leuko_dnnl_bias_factor(float scale)
{
    (void)scale;
    return 1;
}

dnnl_status_t leuko_dnnl_make_conv(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                   dnnl_prop_kind_t pass, const LeukoDnnlConv *c,
                                   const_dnnl_primitive_attr_t attr)
{
    dnnl_alg_kind_t algorithm = c->winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
    dnnl_convolution_desc_t conv;
    dnnl_status_t status;
    if (pass == dnnl_backward_weights)
        status = dnnl_convolution_backward_weights_desc_init(
            &conv, algorithm, c->source, c->weights, NULL, c->target, c->strides, c->pads, c->pads);
    else if (pass == dnnl_backward_data)
        status = dnnl_convolution_backward_data_desc_init(&conv, algorithm, c->source, c->weights,
                                                          c->target, c->strides, c->pads, c->pads);
    else
        status =
            dnnl_convolution_forward_desc_init(&conv, pass, algorithm, c->source, c->weights,
                                               c->bias, c->target, c->strides, c->pads, c->pads);
    return status == dnnl_success ? dnnl_primitive_desc_create(desc, &conv, attr, engine, NULL)
                                  : status;
}

dnnl_status_t leuko_dnnl_make_pool(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                   const LeukoDnnlPool *p, const_dnnl_primitive_attr_t attr)
{
    const dnnl_dims_t dilation = {0};
    dnnl_pooling_v2_desc_t pool;
    dnnl_status_t status = dnnl_pooling_v2_forward_desc_init(
        &pool, dnnl_forward_inference, p->algorithm, p->source, p->target, p->strides, p->kernel,
        dilation, p->pads, p->pads);
    return status == dnnl_success ? dnnl_primitive_desc_create(desc, &pool, attr, engine, NULL)
                                  : status;
}

const char *leuko_dnnl_lacks(void) { return NULL; }
