/* net/net.h: the network as data: a list of layers with names and shapes.
 *
 * Names are tf-slim's: layer "Mixed_5b/Branch_0/Conv2d_0a_1x1", its variables
 * "InceptionV3/<layer>/weights" (kh, kw, ic, oc) and "InceptionV3/<layer>/BatchNorm/{beta,
 * moving_mean,moving_variance[,gamma]}" (oc). Layers are in order of execution; a layer's
 * inputs precede it. Layer 0 is the input; then comes the trunk up to the endpoint; then with K
 * classes
 *   Logits/AvgPool_1a_KxK -> Logits/Dropout_1b (keep 0.8) -> Logits/Conv2d_1c_1x1 {weights, biases}
 *   -> Predictions/Softmax
 * (KxK: the whole height and width of the endpoint). With spec.aux_head, the auxiliary head comes
 * last; it reads Mixed_6e:
 *   AuxLogits/AvgPool_1a_5x5 -> AuxLogits/Conv2d_1b_1x1 -> AuxLogits/Conv2d_2a_5x5
 *   -> AuxLogits/Conv2d_2b_1x1 {weights, biases}
 * Its output is logits; there is no softmax layer.
 * Source: Szegedy et al. 2016, arXiv 1512.00567; tf-slim nets/inception_v3.py (names, shapes).
 */
#pragma once
#include "net/layer.h"

G_BEGIN_DECLS

/* The classifier: its layer, and its two parameters, (1, 1, C, K) and (K). */
#define LEUKO_HEAD_LAYER   "Logits/Conv2d_1c_1x1"
#define LEUKO_HEAD_WEIGHTS "InceptionV3/" LEUKO_HEAD_LAYER "/weights"
#define LEUKO_HEAD_BIASES  "InceptionV3/" LEUKO_HEAD_LAYER "/biases"

/* The settings of a network; they determine all layers. */
typedef struct {
    guint side_px;           /* S, 75 to 1024; 299 in the published network */
    double depth_multiplier; /* channels max(int(d x m), 16); 1.0 is the published network */
    char endpoint[32];       /* last block, one of leuko_net_endpoints(); "Mixed_7c": the
                                whole trunk */
    guint n_classes;         /* K >= 2: pool, dropout, logits, softmax follow; 0: trunk only */
    gboolean aux_head;       /* the auxiliary head at Mixed_6e (training only; needs K >= 2, an
                                endpoint not before Mixed_6e, and S 299 to 346: its 5x5 VALID
                                pool and convolution must end in one pixel) */
    gboolean pool_includes_padding; /* TRUE: average pools of torchvision and timm; FALSE: slim's */
} LeukoNetSpec;

LeukoNetSpec leuko_net_spec_default(void); /* 299, 1.0, Mixed_7c, no classes, no aux */

typedef struct LeukoNet LeukoNet; /* immutable: share freely between threads */

/* Build a network.
 * Errors: LEUKO_ERROR_ARGUMENT; the message names the field: unknown endpoint (the message lists
 * the known ones), side out of range, depth multiplier not in (0, 8], K = 1 or above 100000, an
 * auxiliary head that this network cannot have. */
LeukoNet *leuko_net_new(const LeukoNetSpec *spec, GError **error);
void leuko_net_free(LeukoNet *net); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoNet, leuko_net_free)

const LeukoNetSpec *leuko_net_spec(const LeukoNet *net);
guint leuko_net_n_layers(const LeukoNet *net);
const LeukoLayer *leuko_net_layer(const LeukoNet *net, guint index);
/* Index of a layer by slim's name ("Mixed_6e" finds its concat "Mixed_6e/concat"), or -1. */
gint leuko_net_find(const LeukoNet *net, const char *name);
/* Index of the layer that is the endpoint. Its output is (N, C, H, W); the features are its mean
 * over H and W. */
guint leuko_net_endpoint_layer(const LeukoNet *net);
/* Where the positions of a layer's output lie in the image: position i has its center at pixel
 * first + i step, in each direction. Pixels have their centers at whole numbers. */
void leuko_net_positions(const LeukoNet *net, guint layer, double *first, double *step);
/* TRUE for a layer of the auxiliary head, which inference does not compute. */
gboolean leuko_layer_is_aux(const LeukoLayer *layer);
/* Names of all endpoints in order, from "Conv2d_1a_3x3" to "Mixed_7c", including the two max pools
 * of the stem; NULL-terminated, static. */
const char *const *leuko_net_endpoints(void);
/* Channels of the endpoint, i.e. the number of features. */
guint leuko_net_feature_channels(const LeukoNet *net);

G_END_DECLS
