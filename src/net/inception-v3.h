/* net/inception-v3.h: the trunk of Inception V3 as a table: one row a layer, in slim's order.
 *
 * The input of a row:
 *   NEXT     the previous row
 *   BLOCK    the input of its block, i.e. the last endpoint (first layer of a branch)
 *   SIBLING  the input of the previous row (the 1x3 and 3x1 pairs of Mixed_7b and 7c)
 *   JOIN     a concat: all outputs of its block that no row reads yet, in order
 * Source: tf-slim nets/inception_v3.py, inception_v3_base(), names kept with their quirks
 * (Mixed_5c's Conv_1_0c_5x5; Mixed_6a's two "1x1" that are 3x3).
 */
#pragma once
#include "net/layer.h"

typedef enum {
    LEUKO_FROM_NEXT,
    LEUKO_FROM_BLOCK,
    LEUKO_FROM_SIBLING,
    LEUKO_FROM_JOIN
} LeukoRowFrom;

typedef struct {
    LeukoLayerKind kind;
    const char *name;
    LeukoRowFrom from;
    guint kernel_h, kernel_w, stride;
    gboolean same;        /* SAME padding: (k - 1) / 2 on each side; stride is 1 then */
    guint channels;       /* CONV: out channels before the depth multiplier */
    const char *endpoint; /* name of the block that ends with this row, or NULL */
} LeukoInceptionRow;

extern const LeukoInceptionRow leuko_inception_v3[];
extern const guint leuko_inception_v3_n_rows;
