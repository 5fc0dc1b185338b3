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

enum { LEUKO_FOREIGN_TEXT = 320 };

/* Properties of third-party weights, filled in by leuko_layer_names_to_slim(). The texts are
 * one line of UTF-8, "" for none. */
typedef struct {
    LeukoLayerNames names;
    gchar prefix[LEUKO_FOREIGN_TEXT];  /* of the network's names in the file: "model." */
    gchar head[LEUKO_FOREIGN_TEXT];    /* the layer that is the classifier: "model.head.1" */
    gchar no_head[LEUKO_FOREIGN_TEXT]; /* why no classifier was found although there are layers
                                          behind the network: "2 linear layers, ..." */
    gchar ignored[LEUKO_FOREIGN_TEXT]; /* networks and tensors of the file that are not used */
    gboolean has_aux;                  /* an auxiliary classifier (AuxLogits), not used */
    gboolean pool_includes_padding;    /* torchvision and timm */
    gboolean transform_input;      /* torchvision's pretrained network takes images normalized with
                                       ImageNet's mean and deviation, and its first step converts
                                       them to x / 127.5 - 1 (transform_input=True), which is
                                       Leuko's input. Weights trained without that step need
                                       leuko_foreign_fold_imagenet(). */
    guint n_classes;               /* outputs of the classifier; 0 = no classifier; 1 = the logit
                                       of a sigmoid */
    gboolean has_background_class; /* 1001 classes: class 0 is "background" (slim) */
} LeukoForeign;

/* Map tensors under any of these names to parameters under slim's names: convolutions HWIO; batch
 * norm beta, gamma, moving_mean, moving_variance; the classifier as a 1x1 convolution. Tensors that
 * belong to no layer of Inception V3 are ignored. Under torchvision's and Keras's names, the
 * classifier may have any name: it is the only linear layer of the file behind the network.
 * Errors  LEUKO_ERROR_UNSUPPORTED  not Inception V3 (the message names a similar network, if any);
 *                                  several networks
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

/* Put the variables of these rows that `tensors` has; from_slim: under slim's names behind
 * `prefix`, else torchvision's. Errors as for leuko_layer_names_put(). */
gboolean leuko_layer_names_put_rows(LeukoParams *to, const LeukoParams *tensors,
                                    const LeukoLayerNamesRow *rows, guint n_rows,
                                    const LeukoLayerNamesVariable *variables, guint n_variables,
                                    const char *prefix, gboolean from_slim, const char *path,
                                    GError **error);

/* Map Keras's layers by the order of their numbers. Errors as for leuko_layer_names_put(). */
gboolean leuko_layer_names_from_keras(LeukoParams *to, const LeukoParams *tensors, const char *path,
                                      LeukoForeign *found, GError **error);

/* Map torchvision's names (layer-names-torch.c), below any prefix; names that wrappers add inside
 * ("_orig_mod.") are left out. FALSE without an error: no tensor has such a name.
 * Errors: LEUKO_ERROR_UNSUPPORTED (several networks), and as for leuko_layer_names_put(). */
gboolean leuko_layer_names_from_torch(LeukoParams *to, const LeukoParams *tensors, const char *path,
                                      LeukoForeign *found, GError **error);

/* --- the classifier (layer-names-head.c) ------------------------------------------------------ */

/* The layers of a file that are no layer of Inception V3. */
typedef struct {
    GPtrArray *weights; /* LeukoTensor of linear layers, in order of the file */
    GString *others;    /* other layers: "\"fc.1\" (2048 values)", joined by commas */
    GString *ignored;   /* names of other tensors */
} LeukoExtraLayers;

void leuko_extra_layers_init(LeukoExtraLayers *extra);
void leuko_extra_layers_clear(LeukoExtraLayers *extra);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoExtraLayers, leuko_extra_layers_clear)
/* Append a name, with its shape if with_shape, to a list that stays shorter than a message. */
void leuko_extra_layers_append(GString *list, const LeukoTensor *t, gboolean with_shape);
/* If the only layer is linear, put it as the classifier (bias 0 if it has none), and set
 * found->head; else set found->no_head.
 * weight, bias  the ends of the names of its variables: ".weight", ".bias"
 * layout        of the weights of 2 dimensions; those of 4 are LEUKO_LAYOUT_OIHW
 * Errors as for leuko_layer_names_put(). */
gboolean leuko_extra_layers_put_head(const LeukoExtraLayers *extra, LeukoParams *to,
                                     const LeukoParams *tensors, const char *weight,
                                     const char *bias, LeukoLayout layout, const char *path,
                                     LeukoForeign *found, GError **error);
