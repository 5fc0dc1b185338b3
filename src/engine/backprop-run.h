/* engine/backprop-run.h: helpers of the forward and the backward pass: run a primitive, view a
 * buffer as planes. */
#pragma once
#include "engine/backprop-parts.h"

/* Run a primitive; `name` is the layer's, for errors. Errors: those of leuko_dnnl_ok(). */
gboolean leuko_exec_run(const LeukoBackprop *t, const LeukoExec *exec, const char *name,
                        GError **error);
/* A slice of a buffer; the buffer has the shape of the slice's value. */
LeukoPlanes leuko_backprop_slice(const LeukoBackprop *t, gint buffer, LeukoSlice slice);
/* Channels [first, first + n) of a buffer with `channels` channels and the height and width of the
 * convolution's output. */
LeukoPlanes leuko_backprop_raw(const LeukoBackprop *t, const LeukoOp *op, gint buffer,
                               guint channels, guint first, guint n, gboolean bf16);
/* The input of the batch norm of operation i, member m: the output of the convolution, or of the
 * average pool after it. */
LeukoPlanes leuko_backprop_normed(const LeukoBackprop *t, guint i, guint m);
