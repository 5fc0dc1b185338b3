/* net/net.h: the network as data: a list of layers with names and shapes.
 *
 * Names are tf-slim's: layer "Mixed_5b/Branch_0/Conv2d_0a_1x1", its variables
 * "InceptionV3/<layer>/weights" (kh, kw, ic, oc) and "InceptionV3/<layer>/BatchNorm/{beta,
 * moving_mean,moving_variance[,gamma]}" (oc). Layers are in order of execution; inputs always come
 * before: layer 0 is the input, then the trunk up to the endpoint, then with K classes
 *   Logits/AvgPool_1a_KxK -> Logits/Dropout_1b (keep 0.8) -> Logits/Conv2d_1c_1x1 {weights, biases}
 *   -> Predictions/Softmax
 * (KxK: the whole endpoint), and last, if wanted, the auxiliary head, which reads Mixed_6e:
 *   AuxLogits/AvgPool_1a_5x5 -> AuxLogits/Conv2d_1b_1x1 -> AuxLogits/Conv2d_2a_5x5
 *   -> AuxLogits/Conv2d_2b_1x1 {weights, biases}: its logits, without a softmax layer.
 * Source: Szegedy et al. 2016, arXiv 1512.00567; tf-slim nets/inception_v3.py (names, shapes).
 */
#pragma once
#include "net/layer.h"

G_BEGIN_DECLS

/* The classifier: its layer, and its two parameters, (1, 1, C, K) and (K). */
#define LEUKO_HEAD_LAYER   "Logits/Conv2d_1c_1x1"
#define LEUKO_HEAD_WEIGHTS "InceptionV3/" LEUKO_HEAD_LAYER "/weights"
#define LEUKO_HEAD_BIASES  "InceptionV3/" LEUKO_HEAD_LAYER "/biases"

/* What network: everything else follows. */
typedef struct {
    guint side_px;           /* S, 75 to 1024; 299 is its own */
    double depth_multiplier; /* channels max(int(d x m), 16); 1.0 is the published network */
    char endpoint[32];       /* last block: "Mixed_7c" is the whole trunk; any of
                                leuko_net_endpoints() */
    guint n_classes;         /* K >= 2: pool, dropout, logits, softmax follow; 0: trunk only */
    gboolean aux_head;       /* the auxiliary head at Mixed_6e (training only; needs K >= 2, an
                                endpoint not before Mixed_6e, and S 299 to 346: its 5x5 VALID
                                pool and convolution must end in one pixel) */
    gboolean pool_includes_padding; /* torchvision's and timm's average pools; FALSE is slim's */
} LeukoNetSpec;

LeukoNetSpec leuko_net_spec_default(void); /* 299, 1.0, Mixed_7c, 0 classes, no aux */

typedef struct LeukoNet LeukoNet; /* immutable: share freely between threads */

/* Errors: LEUKO_ERROR_ARGUMENT naming the field: unknown endpoint (the list is in the message),
 * side out of range, depth multiplier not in (0, 8], K = 1, an auxiliary head that does not fit. */
LeukoNet *leuko_net_new(const LeukoNetSpec *spec, GError **error);
void leuko_net_free(LeukoNet *net);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoNet, leuko_net_free)

const LeukoNetSpec *leuko_net_spec(const LeukoNet *net);
guint leuko_net_n_layers(const LeukoNet *net);
const LeukoLayer *leuko_net_layer(const LeukoNet *net, guint index);
/* Index of a layer by slim's name ("Mixed_6e" finds its concat "Mixed_6e/concat"), or -1. */
gint leuko_net_find(const LeukoNet *net, const char *name);
/* Index of the layer that is the spec's endpoint: its output is (N, C, H, W), the features' map. */
guint leuko_net_endpoint_layer(const LeukoNet *net);
/* TRUE for the layers of the auxiliary head: no part of inference. */
gboolean leuko_layer_is_aux(const LeukoLayer *layer);
/* Names of the blocks in order, from "Conv2d_1a_3x3" to "Mixed_7c" (the two max pools of the stem
 * among them), NULL-terminated, static. */
const char *const *leuko_net_endpoints(void);
/* Channels of the endpoint, i.e. of its bottleneck features. */
guint leuko_net_feature_channels(const LeukoNet *net);

G_END_DECLS
