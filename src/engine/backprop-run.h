/* engine/backprop-run.h: what the forward and the backward pass share: views of buffers as
 * planes. */
#pragma once
#include "engine/backprop-parts.h"

gboolean leuko_exec_run(const LeukoBackprop *t, const LeukoExec *exec, const char *name,
                        GError **error);
/* `buffer` has the shape of the slice's value. */
LeukoPlanes leuko_backprop_slice(const LeukoBackprop *t, gint buffer, LeukoSlice slice);
/* Channels [first, first + n) of a buffer of `channels`, as large as the convolution's output. */
LeukoPlanes leuko_backprop_raw(const LeukoBackprop *t, const LeukoOp *op, gint buffer,
                               guint channels, guint first, guint n, gboolean bf16);
/* What batch norm reads of member m: the convolution's output, or the pool behind it. */
LeukoPlanes leuko_backprop_normed(const LeukoBackprop *t, guint i, guint m);
