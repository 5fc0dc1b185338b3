/* engine/quantize.h: post-training quantization to 8 bits, from a few hundred images.
 *
 *   activation  x = a q: q has unsigned 8 bits; each channel of a convolution's output has a scale
 *               a. All quantized activations follow a ReLU, so no zero point is needed. The image
 *               has x = (q - 128) / 127
 *   weight      one scale per output channel. The scales of the inputs are folded into the weights
 *               first, so that each branch of a concat keeps its own scales
 *   sum         32 bits, then one multiplication per channel and ReLU
 *
 * The head (mean, logits, softmax) stays in float32. Convolutions named in `raise` are not
 * quantized ("raised"): they run in bf16, or in fp32 on a processor without bf16. The weights of an
 * output channel are rounded together, so that the layer's output changes least (engine/round.h).
 * Processors without VNNI (SSE4.1, AVX2, plain AVX-512) add pairs of 8-bit products in 16 bits and
 * saturate. In a network for any processor, two adjacent weights of the same sign therefore sum to
 * at most 128 (255 x 128 < 32768). With `vnni` this limit does not apply.
 * Source: Jacob et al. 2018, arXiv 1712.05877; per-channel weights and bias correction: Nagel et
 * al. 2021, arXiv 2106.08295.
 */
#pragma once
#include "engine/calibrate.h"
#include "net/net.h"
#include "net/params.h"

G_BEGIN_DECLS

/* --- the quantized network -------------------------------------------------------------------- */

typedef enum {
    LEUKO_RANGE_MAX,        /* all observed values fit */
    LEUKO_RANGE_PERCENTILE, /* `percentile` % of the values fit */
    LEUKO_RANGE_MSE,        /* least squared error of rounding and clipping, plus 10 % */
} LeukoRangeMethod;

typedef struct {
    LeukoRangeMethod range;
    double percentile; /* for LEUKO_RANGE_PERCENTILE: above 50, at most 100 */
    float finest;      /* smallest scale of a channel / largest scale in its layer, 0 to 1; 1: all
                          channels of a layer have one scale */
    gboolean vnni;     /* only for processors with VNNI */
    gboolean nearest;  /* round each weight to the nearest value: faster, less accurate */
    gboolean bias_correction; /* correct the bias by the mean error of rounding the weights */
    const char *const *raise; /* convolutions that are not quantized, NULL-terminated, or NULL */
} LeukoQuantizeOptions;

/* MSE, percentile 99.99, finest 0.5, any processor, bias correction. */
LeukoQuantizeOptions leuko_quantize_options_default(void);

typedef struct LeukoQuantized LeukoQuantized; /* immutable: share freely between threads */

/* Quantize the trunk of `net`. The result does not refer to the arguments.
 * Errors: LEUKO_ERROR_ARGUMENT (percentile out of range, unknown name in raise), LEUKO_ERROR_DATA
 * (the calibration has no images; as leuko_params_check()), LEUKO_ERROR_MEMORY. */
LeukoQuantized *leuko_quantize(const LeukoNet *net, const LeukoParams *params,
                               const LeukoCalibration *calibration,
                               const LeukoQuantizeOptions *options, GError **error);
/* Make a quantized network from the convolutions of its trunk, in order, e.g. from a file. The
 * arrays of `convs` are borrowed and must outlive the result. The caller has checked the values.
 * Errors: LEUKO_ERROR_DATA: a convolution does not match the network. */
LeukoQuantized *leuko_quantized_new(const LeukoNet *net, gboolean vnni,
                                    const LeukoQuantizedConv *convs, guint n_convs, GError **error);
/* Convert the 8-bit weights to float32 parameters of the same network (batch norm folded), for
 * processors that cannot run int8. A float program of them does not round activations.
 * head  parameters of the head, copied; may be NULL
 * Errors: LEUKO_ERROR_MEMORY. */
LeukoParams *leuko_quantized_to_params(const LeukoQuantized *quantized, const LeukoNet *net,
                                       const LeukoParams *head, GError **error);
gboolean leuko_quantized_needs_vnni(const LeukoQuantized *quantized);
guint leuko_quantized_n_convs(const LeukoQuantized *quantized); /* of the trunk, in order */
void leuko_quantized_conv(const LeukoQuantized *quantized, guint index, LeukoQuantizedConv *out);
void leuko_quantized_free(LeukoQuantized *quantized); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoQuantized, leuko_quantized_free)

/* --- for engine/program-int8.c ---------------------------------------------------------------- */

/* Scale of each channel of a layer's quantized output, (out_channels), g_free. */
float *leuko_quantized_scales(const LeukoQuantized *quantized, guint layer);
/* TRUE if image size, depth multiplier, endpoint and pools are those of `net`. */
gboolean leuko_quantized_fits(const LeukoQuantized *quantized, const LeukoNet *net);
/* Partners (ic kh kw) of the weights of convolution `layer`, g_free. Processors without VNNI add
 * the products of a weight and its partner in 16 bits. An entry is the partner's index, or -1. */
gint *leuko_weight_partners(const LeukoNet *net, guint layer);

G_END_DECLS
