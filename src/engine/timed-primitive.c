#include "engine/timed-primitive.h"

void leuko_timed_primitive_clear(LeukoTimedPrimitive *t)
{
    for (int i = 0; i < t->n_args; i++) {
        dnnl_memory_destroy(t->args[i].memory);
        leuko_dnnl_free(t->data[i]);
    }
    dnnl_primitive_destroy(t->primitive);
    dnnl_primitive_desc_destroy(t->desc);
}

static gboolean add_arg(LeukoTimedPrimitive *t, dnnl_query_t query, int arg)
{
    LeukoMemoryDesc md = leuko_dnnl_query(t->desc, query, 0);
    void *data = leuko_dnnl_alloc(dnnl_memory_desc_get_size(md), NULL);
    dnnl_memory_t memory = data ? leuko_dnnl_memory_new(md, data, NULL) : NULL;
    if (!memory) {
        leuko_dnnl_free(data);
        return FALSE;
    }
    t->data[t->n_args] = data;
    t->args[t->n_args++] = (dnnl_exec_arg_t){arg, memory};
    return TRUE;
}

gboolean leuko_timed_primitive_init(LeukoTimedPrimitive *t, dnnl_primitive_desc_t desc,
                                    const LeukoTimedArg *tensors, guint n)
{
    g_assert(n < LEUKO_TIMED_ARGS);
    t->desc = desc;
    if (leuko_dnnl_kernel_is_reference(leuko_dnnl_kernel(desc)))
        return FALSE;
    for (guint i = 0; i < n; i++)
        if (!add_arg(t, tensors[i].query, tensors[i].arg))
            return FALSE;
    return add_arg(t, dnnl_query_scratchpad_md, DNNL_ARG_SCRATCHPAD) &&
           dnnl_primitive_create(&t->primitive, desc) == dnnl_success;
}

double leuko_timed_primitive_run(const LeukoTimedPrimitive *t, dnnl_stream_t stream,
                                 clockid_t clock)
{
    struct timespec start, end;
    clock_gettime(clock, &start);
    if (dnnl_primitive_execute(t->primitive, stream, t->n_args, t->args) != dnnl_success ||
        dnnl_stream_wait(stream) != dnnl_success)
        return 0;
    clock_gettime(clock, &end);
    double seconds =
        (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
    return MAX(seconds, 1e-9);
}
