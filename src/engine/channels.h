/* engine/channels.h: where the logical channels of a layer's output lie among the physical ones, of
 * which convolutions make whole blocks.
 */
#pragma once
#include "net/net.h"

/* A convolution of stride 1 that sees one pixel: it may be computed together with others of its
 * input, and change places with an average pool. */
gboolean leuko_layer_is_pointwise(const LeukoLayer *layer);

/* channel[layer] (out_channels), new, and physical[layer]: a convolution's outputs are padded to a
 * multiple of `align`, the input keeps its own, everything else its inputs' places, one input
 * behind the other. Those of the inputs are there. */
void leuko_map_channels(const LeukoNet *net, guint layer, guint align, guint **channel,
                        guint *physical);
