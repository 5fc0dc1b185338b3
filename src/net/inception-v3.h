/* net/inception-v3.h: the trunk of Inception V3 as a table: one row per layer, in slim's order.
 *
 * The input of a row:
 *   PREV     the output of the previous row
 *   BLOCK    the input of the row's block, i.e. the last endpoint (first layer of a branch)
 *   SIBLING  the input of the previous row (the 1x3 and 3x1 pairs of Mixed_7b and 7c)
 *   JOIN     for a concat: all outputs of its block that no earlier row reads, in order
 * Source: tf-slim nets/inception_v3.py, inception_v3_base(). The names are slim's, including the
 * irregular ones (Mixed_5c's Conv_1_0c_5x5; Mixed_6a's two "1x1" that are 3x3).
 */
#pragma once
#include "net/layer.h"

typedef enum {
    LEUKO_FROM_PREV,
    LEUKO_FROM_BLOCK,
    LEUKO_FROM_SIBLING,
    LEUKO_FROM_JOIN
} LeukoRowFrom;

typedef struct {
    LeukoLayerKind kind;
    const char *name;
    LeukoRowFrom from;
    guint kernel_h, kernel_w, stride;
    gboolean same;  /* SAME padding, (k - 1) / 2 on each side, only with stride 1; else VALID */
    guint channels; /* CONV: output channels before the depth multiplier */
    const char *endpoint; /* name of the block that ends with this row, or NULL */
} LeukoInceptionRow;

extern const LeukoInceptionRow leuko_inception_v3[];
extern const guint leuko_inception_v3_n_rows;
