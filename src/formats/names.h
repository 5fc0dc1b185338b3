/* formats/names.h: the layers of Inception V3 as each family of programs calls them, as data.
 *
 * Convolutions stand in slim's order, which is the order in which Keras creates them: Keras's own
 * number of row r is r, from conv2d and batch_normalization on. Keras 3 numbers layers anew in its
 * .weights.h5, by their place in model.layers: `keras3`.
 * Source: tf-slim nets/inception_v3.py; torchvision models/inception.py (timm's names are the same);
 * Keras applications/inception_v3.py, saving/saving_lib.py.
 */
#pragma once
#include "formats/foreign.h"

enum { LEUKO_NAMES_N_CONVS = 94, LEUKO_NAMES_N_AUX = 2, LEUKO_NAMES_N_HEADS = 2 };

typedef struct {
    const char *slim;  /* "Mixed_5b/Branch_0/Conv2d_0a_1x1" */
    const char *torch; /* "Mixed_5b.branch1x1" */
    guint keras3;
} LeukoNamesRow;

extern const LeukoNamesRow leuko_names_convs[LEUKO_NAMES_N_CONVS]; /* with batch norm */
extern const LeukoNamesRow leuko_names_aux[LEUKO_NAMES_N_AUX]; /* the same, of the auxiliary head */
extern const LeukoNamesRow leuko_names_heads[LEUKO_NAMES_N_HEADS]; /* with bias */

/* The variables of a convolution with batch norm and of a head. */
typedef enum {
    LEUKO_LAYOUT_SAME,
    LEUKO_LAYOUT_OIHW,
    LEUKO_LAYOUT_OI
} LeukoLayout; /* the foreign one */
typedef struct {
    const char *slim;  /* "weights", "BatchNorm/beta", ... */
    const char *torch; /* "conv.weight", "bn.bias", ... */
    LeukoLayout layout;
} LeukoNamesVariable;

enum { LEUKO_NAMES_N_CONV_VARIABLES = 5, LEUKO_NAMES_N_HEAD_VARIABLES = 2 };
extern const LeukoNamesVariable leuko_names_conv_variables[LEUKO_NAMES_N_CONV_VARIABLES];
extern const LeukoNamesVariable leuko_names_head_variables[LEUKO_NAMES_N_HEAD_VARIABLES];

/* Copy `from` into `to` under slim's name, from a foreign layout. Only a change of layout costs a
 * copy: else the memory is shared and `from_set` kept alive.
 * Errors: LEUKO_ERROR_DATA (wrong rank), LEUKO_ERROR_MEMORY. */
gboolean leuko_names_put(LeukoParams *to, const char *slim_name, const LeukoParams *from_set,
                         const LeukoTensor *from, LeukoLayout layout, const char *path,
                         GError **error);

/* The family of networks that a tensor's or a node's name speaks of ("a transformer"), NULL: none; static. */
const char *leuko_names_family(const char *name);

/* Keras's layers, by rank of their numbers. Errors as above. */
gboolean leuko_names_from_keras(LeukoParams *to, const LeukoParams *tensors, const char *path,
                                GError **error);
