/* formats/layer-names.h: the layers of Inception V3 under the names of four families of programs
 * (slim, torchvision, timm, Keras), and the mapping of their weights to slim's names and layouts.
 *
 * Convolutions are listed in slim's order, which is the order in which Keras creates them: in
 * Keras's own numbering (conv2d, conv2d_1, ...) row r has number r. Keras 3 numbers the layers of a
 * .weights.h5 by their position in model.layers instead: `keras3`.
 * Source: tf-slim nets/inception_v3.py; torchvision models/inception.py (timm uses the same names);
 * Keras applications/inception_v3.py, saving/saving_lib.py.
 */
#pragma once
#include "net/params.h"

typedef enum {
    LEUKO_LAYER_NAMES_SLIM,
    LEUKO_LAYER_NAMES_TORCHVISION,
    LEUKO_LAYER_NAMES_TIMM,
    LEUKO_LAYER_NAMES_KERAS
} LeukoLayerNames;
const char *leuko_layer_names_text(LeukoLayerNames names); /* "slim", "torchvision", ... */

/* Properties of third-party weights, filled in by leuko_layer_names_to_slim(). */
typedef struct {
    LeukoLayerNames names;
    gboolean pool_includes_padding; /* torchvision and timm */
    gboolean transform_input;       /* torchvision's pretrained network takes images normalized with
                                       ImageNet's mean and deviation, and its first step converts
                                       them to x / 127.5 - 1 (transform_input=True), which is
                                       Leuko's input. Weights trained without that step need
                                       leuko_foreign_fold_imagenet(). */
    guint n_classes;                /* of the classifier; 0 = no classifier */
    gboolean has_background_class;  /* 1001 classes: class 0 is "background" (slim) */
} LeukoForeign;

/* Map tensors under any of these names to parameters under slim's names: convolutions HWIO; batch
 * norm beta, gamma, moving_mean, moving_variance; the classifier as a 1x1 convolution. Tensors that
 * belong to no layer of Inception V3 are ignored.
 * Errors  LEUKO_ERROR_UNSUPPORTED  not Inception V3; the message names a similar network, if any
 *         LEUKO_ERROR_DATA         a tensor has the wrong rank; the message names it */
LeukoParams *leuko_layer_names_to_slim(const LeukoParams *tensors, const char *path,
                                       LeukoForeign *found, GError **error);
/* Map parameters under slim's names to other names and layouts, for writing. torchvision's tensors
 * num_batches_tracked are left out. Errors: LEUKO_ERROR_UNSUPPORTED (Keras's names). */
LeukoParams *leuko_layer_names_from_slim(const LeukoParams *params, LeukoLayerNames names,
                                         GError **error);

/* The network family that a tensor's or a node's name suggests ("a transformer"), or NULL;
 * static. */
const char *leuko_layer_names_family(const char *name);

/* --- the tables (layer-names-table.c, layer-names-layout.c) --------------------------------- */

enum { LEUKO_LAYER_NAMES_N_CONVS = 94, LEUKO_LAYER_NAMES_N_AUX = 2, LEUKO_LAYER_NAMES_N_HEADS = 2 };

typedef struct {
    const char *slim;  /* "Mixed_5b/Branch_0/Conv2d_0a_1x1" */
    const char *torch; /* "Mixed_5b.branch1x1" */
    guint keras3;
} LeukoLayerNamesRow;

extern const LeukoLayerNamesRow leuko_layer_names_convs[LEUKO_LAYER_NAMES_N_CONVS]; /* batch norm */
extern const LeukoLayerNamesRow leuko_layer_names_aux[LEUKO_LAYER_NAMES_N_AUX]; /* auxiliary head */
extern const LeukoLayerNamesRow leuko_layer_names_heads[LEUKO_LAYER_NAMES_N_HEADS]; /* with bias */

/* The layout of a third-party weight tensor. */
typedef enum {
    LEUKO_LAYOUT_SAME, /* as slim: (kh, kw, ic, oc), or a vector */
    LEUKO_LAYOUT_OIHW, /* (oc, ic, kh, kw) */
    LEUKO_LAYOUT_OI    /* (classes, channels) */
} LeukoLayout;

/* The variables of a convolution with batch norm, and of a classifier. */
typedef struct {
    const char *slim;  /* "weights", "BatchNorm/beta", ... */
    const char *torch; /* "conv.weight", "bn.bias", ... */
    LeukoLayout layout;
} LeukoLayerNamesVariable;

enum { LEUKO_LAYER_NAMES_N_CONV_VARIABLES = 5, LEUKO_LAYER_NAMES_N_HEAD_VARIABLES = 2 };
extern const LeukoLayerNamesVariable
    leuko_layer_names_conv_variables[LEUKO_LAYER_NAMES_N_CONV_VARIABLES];
extern const LeukoLayerNamesVariable
    leuko_layer_names_head_variables[LEUKO_LAYER_NAMES_N_HEAD_VARIABLES];

/* Add `from` to `to` under slim's name, converted from a third-party layout. A change of layout
 * copies the values; otherwise the memory is shared, and `to` holds a reference to `from_set`.
 * Errors: LEUKO_ERROR_DATA (wrong rank), LEUKO_ERROR_MEMORY. */
gboolean leuko_layer_names_put(LeukoParams *to, const char *slim_name, const LeukoParams *from_set,
                               const LeukoTensor *from, LeukoLayout layout, const char *path,
                               GError **error);

/* Map Keras's layers by the order of their numbers. Errors as for leuko_layer_names_put(). */
gboolean leuko_layer_names_from_keras(LeukoParams *to, const LeukoParams *tensors, const char *path,
                                      GError **error);
