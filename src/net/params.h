/* net/params.h: a network's parameters by name.
 *
 * A set of float32 tensors under slim's variable names, in slim's layouts (convolution weights
 * HWIO: kh, kw, ic, oc). Data is either owned or borrowed from a mapping that the set keeps alive
 * (a memory-mapped safetensors file): read-only then.
 * Threads: immutable after filling; many readers.
 */
#pragma once
#include "net/net.h"

G_BEGIN_DECLS

#define LEUKO_MAX_DIMS 8

typedef struct {
    const char *name;
    guint n_dims;
    gsize dims[LEUKO_MAX_DIMS];
    gsize n_values;    /* product of dims; 1 for a scalar */
    const float *data; /* (dims), C order; NULL never */
} LeukoTensor;

/* One convolution in 8 bits (engine/quantize.h says what the numbers mean). */
typedef struct {
    const char *layer; /* slim's name */
    guint oc, ic, kh, kw;
    gboolean raised;           /* float32 */
    const gint8 *weights;      /* (oc, ic, kh, kw), NULL if raised */
    const float *weight_scale; /* (oc): of weights times input scale; NULL if raised */
    const float *real_weights; /* (oc, ic, kh, kw), batch norm folded; NULL unless raised */
    const float *bias;         /* (oc), batch norm folded, corrected */
    const float *output_scale; /* (oc): a of each channel of its output, > 0 */
} LeukoQuantizedConv;

typedef struct LeukoParams LeukoParams;

LeukoParams *leuko_params_new(void);
LeukoParams *leuko_params_ref(LeukoParams *params);
void leuko_params_unref(LeukoParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoParams, leuko_params_unref)

/* Add a tensor whose zeroed floats the set owns; *out is for filling. An existing name: replaced.
 * Errors: LEUKO_ERROR_ARGUMENT (too many dims, overflow), LEUKO_ERROR_MEMORY. */
gboolean leuko_params_add(LeukoParams *params, const char *name, guint n_dims, const gsize *dims,
                          float **out, GError **error);
/* Add a tensor that lies in `owner`'s memory, which is kept (a reference is taken). `data` must be
 * aligned to 4 bytes. */
gboolean leuko_params_add_borrowed(LeukoParams *params, const char *name, guint n_dims,
                                   const gsize *dims, const float *data, GBytes *owner,
                                   GError **error);
gboolean leuko_params_remove(LeukoParams *params, const char *name);
guint leuko_params_n_tensors(const LeukoParams *params);
const LeukoTensor *leuko_params_nth(const LeukoParams *params, guint index); /* in order added */
const LeukoTensor *leuko_params_find(const LeukoParams *params, const char *name); /* or NULL */

/* Every tensor that `net` needs is there with the right shape (gamma may be absent).
 * Errors: LEUKO_ERROR_DATA; the message names the first missing tensors (up to 4, with the count
 * of all) or the first wrong shape, both shapes. source_name stands in front. */
gboolean leuko_params_check(const LeukoParams *params, const LeukoNet *net, const char *source_name,
                            GError **error);
/* The same for the classifier alone (Logits/Conv2d_1c_1x1): a net with classes. */
gboolean leuko_params_check_head(const LeukoParams *params, const LeukoNet *net,
                                 const char *source_name, GError **error);
/* TRUE if batch norm was folded into the weights: there is one, and in every layer moving_mean is
 * all 0, moving_variance all 1 - epsilon (within a float's rounding) and gamma, if any, all 1. */
gboolean leuko_params_batch_norm_is_folded(const LeukoParams *params);

/* slim's initializers by seed: truncated normal weights (layer->init_sd), beta 0, mean 0,
 * variance 1, biases 0; no gamma, as slim's. Each tensor is keyed by its name: the same seed gives
 * the same values whatever the threads, and a cut network the same as the whole. */
LeukoParams *leuko_params_new_random(const LeukoNet *net, guint64 seed, GError **error);

/* Copy all variables of a layer that `from` has. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_params_copy_layer(LeukoParams *to, const LeukoParams *from, const LeukoLayer *layer,
                                 GError **error);

/* Names of one layer's variables; g_free the result. variable: "weights", "BatchNorm/beta", ... */
gchar *leuko_param_name(const LeukoLayer *layer, const char *variable);

/* SHA-256 over names, shapes and values in name order: 64 hex digits; g_free. */
gchar *leuko_params_digest(const LeukoParams *params);

G_END_DECLS
