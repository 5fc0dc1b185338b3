/* net/params.h: the parameters of a network, by name.
 *
 * A set of float32 tensors under slim's variable names, in slim's layouts (convolution weights
 * HWIO: kh, kw, ic, oc). The set owns the data of a tensor, or borrows it read-only from memory
 * that it keeps alive (the bytes of a safetensors file).
 * Threads: one thread while tensors are added; afterwards any number of readers.
 */
#pragma once
#include "net/net.h"

G_BEGIN_DECLS

#define LEUKO_MAX_DIMS           8
#define LEUKO_PARAMS_MAX_TENSORS 65536

typedef struct {
    const char *name;
    guint n_dims;
    gsize dims[LEUKO_MAX_DIMS];
    gsize n_values;    /* product of dims; 1 for a scalar */
    const float *data; /* (dims), C order; never NULL */
} LeukoTensor;

/* One convolution of a quantized network (engine/quantize.h explains the numbers). */
typedef struct {
    const char *layer; /* slim's name */
    guint oc, ic, kh, kw;
    gboolean raised;           /* TRUE: not quantized, float32 weights */
    const gint8 *weights;      /* (oc, ic, kh, kw), NULL if raised */
    const float *weight_scale; /* (oc): scale of weight times input scale; NULL if raised */
    const float *real_weights; /* (oc, ic, kh, kw), batch norm folded; NULL unless raised */
    const float *bias;         /* (oc), batch norm folded, corrected */
    const float *output_scale; /* (oc): scale of each output channel, > 0 */
} LeukoQuantizedConv;

typedef struct LeukoParams LeukoParams;

LeukoParams *leuko_params_new(void);
LeukoParams *leuko_params_ref(LeukoParams *params);
void leuko_params_unref(LeukoParams *params);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoParams, leuko_params_unref)

/* Add a zeroed tensor that the set owns; a tensor of the same name is replaced. out NULL or *out:
 * the values, for writing. Errors: LEUKO_ERROR_ARGUMENT (too many dims, overflow),
 * LEUKO_ERROR_FORMAT (more than LEUKO_PARAMS_MAX_TENSORS), LEUKO_ERROR_MEMORY. */
gboolean leuko_params_add(LeukoParams *params, const char *name, guint n_dims, const gsize *dims,
                          float **out, GError **error);
/* Add a tensor whose data lies in the memory of `owner`; the set takes a reference (owner NULL: the
 * data must outlive the set). `data` must be aligned to 4 bytes. Errors: LEUKO_ERROR_ARGUMENT,
 * LEUKO_ERROR_FORMAT (more than LEUKO_PARAMS_MAX_TENSORS). */
gboolean leuko_params_add_borrowed(LeukoParams *params, const char *name, guint n_dims,
                                   const gsize *dims, const float *data, GBytes *owner,
                                   GError **error);
/* FALSE if there is no tensor of that name. */
gboolean leuko_params_remove(LeukoParams *params, const char *name);
guint leuko_params_n_tensors(const LeukoParams *params);
const LeukoTensor *leuko_params_nth(const LeukoParams *params, guint index); /* in order added */
const LeukoTensor *leuko_params_find(const LeukoParams *params, const char *name); /* or NULL */

/* TRUE if all values are finite (no infinity, no NaN). data: n floats of any alignment. */
gboolean leuko_floats_are_finite(gconstpointer data, gsize n);
/* Check that every tensor that `net` needs exists in the right shape (gamma may be absent), that
 * its values are finite, that no moving variance is negative, and that batch norms make finite
 * weights.
 * source_name  beginning of the message, e.g. the path of the file
 * Errors: LEUKO_ERROR_FORMAT (values); LEUKO_ERROR_DATA; the message gives the number of missing
 * tensors and up to 4 names, or
 * the first tensor of a wrong shape with both shapes, or the first one of wrong values.
 * Cost: reads all values; 10 ms for the 95 MB of the whole network. */
gboolean leuko_params_check(const LeukoParams *params, const LeukoNet *net, const char *source_name,
                            GError **error);
/* The same without looking at the values. */
gboolean leuko_params_check_shapes(const LeukoParams *params, const LeukoNet *net,
                                   const char *source_name, GError **error);
/* Check the classifier (Logits/Conv2d_1c_1x1) only; `net` must have classes. */
gboolean leuko_params_check_head(const LeukoParams *params, const LeukoNet *net,
                                 const char *source_name, GError **error);
/* TRUE if batch norm is folded into the weights: at least one layer has batch norm, and in every
 * layer moving_mean is 0, moving_variance is 1 - epsilon and gamma, if any, is 1 (within 1e-6). */
gboolean leuko_params_batch_norm_is_folded(const LeukoParams *params);

/* Draw initial parameters as slim does: truncated normal weights (layer->init_sd), beta 0, mean 0,
 * variance 1, biases 0, no gamma. The values of a tensor depend on seed and name only, not on the
 * number of threads or on the endpoint. Errors: LEUKO_ERROR_MEMORY. */
LeukoParams *leuko_params_new_random(const LeukoNet *net, guint64 seed, GError **error);

/* Copy all variables of a layer that `from` has. Errors: LEUKO_ERROR_MEMORY. */
gboolean leuko_params_copy_layer(LeukoParams *to, const LeukoParams *from, const LeukoLayer *layer,
                                 GError **error);

/* The name of a layer's variable, g_free. variable: "weights", "BatchNorm/beta", ... */
gchar *leuko_param_name(const LeukoLayer *layer, const char *variable);

/* SHA-256 over names, shapes and values in name order: 64 hex digits; g_free. */
gchar *leuko_params_digest(const LeukoParams *params);

G_END_DECLS
