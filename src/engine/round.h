/* engine/round.h: weights to 8 bits so that the convolution's output changes least.
 *
 * Nearest rounding makes each weight's error small; what counts is the sum's error,
 *   (v - s q) C (v - s q)',  C the covariance of the inputs (engine/moments.h),
 * and neighboring inputs go up and down together, so errors of opposite sign cancel. From the nearest
 * integers, every weight in turn takes the integer that makes the whole least, the others held, a few
 * rounds long: coordinate descent. Source: Behdin et al. 2023, QuantEase, arXiv 2309.01885; the
 * objective: Nagel et al. 2020, AdaRound, arXiv 2004.10568; Frantar and Alistarh 2022, arXiv 2208.11580.
 *
 * Without VNNI, processors add two neighboring products of u8 x s8 in 16 bits and saturate
 * (facts of vpmaddubsw): 255 (q + q') must stay within -32768 to 32767. Opposite signs never pass it;
 * for equal signs |q + q'| <= 128 is all that is asked, not 63 of each.
 */
#pragma once
#include <glib.h>

enum { LEUKO_PAIR_LIMIT = 128 };

typedef struct {
    gsize k;
    const float *covariance; /* (k, k) of the inputs in their steps; NULL: nearest rounding */
    const gint *partner;     /* (k): the weight that is added to this one in 16 bits, -1: none;
                                NULL: nothing is added in 16 bits */
} LeukoRounding;

/* v (n_rows, k): real weights in steps of the inputs. Out: q (n_rows, k) within -127 to 127, scale
 * (n_rows) > 0: v is about scale q. Threads: OpenMP's, inside. */
void leuko_round_rows(const LeukoRounding *how, gsize n_rows, const float *v, gint8 *q,
                      float *scale);
