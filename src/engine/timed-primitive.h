/* engine/timed-primitive.h: a oneDNN primitive with zeroed tensors of its own, to time its runs.
 *
 * Threads: one primitive, one thread at a time.
 */
#pragma once
#include "engine/dnnl.h"
#include <time.h>

enum { LEUKO_TIMED_ARGS = 4 };

/* A tensor of a primitive: where its descriptor is found, and its argument. */
typedef struct {
    dnnl_query_t query; /* dnnl_query_src_md, ... */
    int arg;            /* DNNL_ARG_SRC, ... */
} LeukoTimedArg;

typedef struct {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t args[LEUKO_TIMED_ARGS]; /* owns the memory objects */
    void *data[LEUKO_TIMED_ARGS];
    int n_args;
} LeukoTimedPrimitive;

/* Make the primitive of `desc`, which *t owns from now on, also after a failure, with its tensors
 * and scratchpad. *t is zero before. FALSE: no memory, or the kernel is a slow reference one.
 * tensors  (n), n < LEUKO_TIMED_ARGS */
gboolean leuko_timed_primitive_init(LeukoTimedPrimitive *t, dnnl_primitive_desc_t desc,
                                    const LeukoTimedArg *tensors, guint n);
/* Seconds of one run, above 0; 0 on failure.
 * clock  CLOCK_MONOTONIC, or CLOCK_THREAD_CPUTIME_ID for a primitive on one thread */
double leuko_timed_primitive_run(const LeukoTimedPrimitive *t, dnnl_stream_t stream,
                                 clockid_t clock);
void leuko_timed_primitive_clear(LeukoTimedPrimitive *t);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoTimedPrimitive, leuko_timed_primitive_clear)
