/* engine/quantize.h: post-training quantization to 8 bits, from a few hundred images.
 *
 *   activation  x = a q with q in unsigned 8 bits and one a per channel of a convolution's output.
 *               All quantized activations follow a ReLU, so no zero point is needed. The image:
 *               x = (q - 128) / 127
 *   weight      one scale per output channel. The a of the inputs are folded into the weights
 *               first, so that each branch of a concat keeps its own scales
 *   sums        32 bits, then one multiplication and ReLU
 *
 * The head (mean, logits, softmax) stays in float32. Convolutions named in `raise` are not
 * quantized: they run in bf16, or in fp32 on a processor without bf16. The weights of an output
 * channel are rounded together, so that the layer's output changes least (engine/round.h).
 * Processors without VNNI (SSE4.1, AVX2, plain AVX-512) add pairs of 8-bit products in 16 bits and
 * saturate. In a network for any processor two neighboring weights of the same sign therefore sum
 * to at most 128 (255 x 128 < 32768). With `vnni` this limit does not apply.
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
    float finest;      /* a channel's a is at least this share of its layer's largest; 1: one a
                                  for all, 0 to 1 */
    gboolean vnni;     /* only for processors with VNNI */
    gboolean nearest;  /* round each weight to the nearest value: faster and worse */
    gboolean bias_correction; /* correct the bias by the mean error of rounding the weights */
    const char *const *raise; /* convolutions that are not quantized, NULL-terminated, or NULL */
} LeukoQuantizeOptions;

LeukoQuantizeOptions
leuko_quantize_options_default(void); /* MSE, 99.99, any processor, corrected */

typedef struct LeukoQuantized LeukoQuantized; /* immutable: share freely between threads */

/* Errors: LEUKO_ERROR_ARGUMENT (percentile, an unknown name in raise), LEUKO_ERROR_DATA (no
 * images seen, parameters do not fit), LEUKO_ERROR_MEMORY. */
LeukoQuantized *leuko_quantize(const LeukoNet *net, const LeukoParams *params,
                               const LeukoCalibration *calibration,
                               const LeukoQuantizeOptions *options, GError **error);
/* Make one from the convolutions of the trunk, in order, e.g. read from a file. Their arrays are
 * borrowed and must outlive the result. The caller checks the values.
 * Errors: LEUKO_ERROR_DATA: they are not the convolutions of this network. */
LeukoQuantized *leuko_quantized_new(const LeukoNet *net, gboolean vnni,
                                    const LeukoQuantizedConv *convs, guint n_convs, GError **error);
/* The real values of the 8-bit weights, as parameters of the same network (batch norm folded), for
 * processors that cannot run int8. The head is copied from `head`. Activations are not rounded
 * then.
 * Errors: LEUKO_ERROR_MEMORY. */
LeukoParams *leuko_quantized_to_params(const LeukoQuantized *quantized, const LeukoNet *net,
                                       const LeukoParams *head, GError **error);
gboolean leuko_quantized_needs_vnni(const LeukoQuantized *quantized);
guint leuko_quantized_n_convs(const LeukoQuantized *quantized); /* those of the trunk, in order */
void leuko_quantized_conv(const LeukoQuantized *quantized, guint index, LeukoQuantizedConv *out);
void leuko_quantized_free(LeukoQuantized *quantized);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoQuantized, leuko_quantized_free)

/* --- for the program that runs it ------------------------------------------------------------- */

/* Scale of each channel of a layer's quantized output, (out_channels), g_free. */
float *leuko_quantized_scales(const LeukoQuantized *quantized, guint layer);
/* TRUE if it was made for this trunk: size, depth multiplier, endpoint and pools are equal. */
gboolean leuko_quantized_fits(const LeukoQuantized *quantized, const LeukoNet *net);
/* (ic kh kw), g_free: for each weight of convolution `layer` the index of the weight whose product
 * is added to its product in 16 bits on processors without VNNI; -1: none. */
gint *leuko_weight_partners(const LeukoNet *net, guint layer);

G_END_DECLS
