/* engine/round.h: round weights to 8 bits so that the convolution's output changes least.
 *
 * Nearest rounding minimizes the error of each weight. The error of the sum matters instead:
 *   (v - s q) C (v - s q)',  C the covariance of the inputs (engine/moments.h).
 * Neighboring inputs are correlated, so errors of opposite sign cancel. Coordinate descent starts
 * at the nearest integers; each weight in turn takes the integer that minimizes the sum's error
 * with the other weights fixed, for a few sweeps. Source: Behdin et al. 2023, QuantEase, arXiv
 * 2309.01885; the objective: Nagel et al. 2020, AdaRound, arXiv 2004.10568; Frantar and Alistarh
 * 2022, arXiv 2208.11580.
 *
 * Processors without VNNI add two neighboring products u8 x s8 in 16 bits and saturate
 * (vpmaddubsw): 255 (q + q') must stay within -32768 to 32767. Weights of opposite signs always do;
 * weights of equal signs must fulfill |q + q'| <= 128.
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

/* v (n_rows, k): real weights with the inputs' scales folded in. Out: q (n_rows, k) within -127 to
 * 127 and scale (n_rows) > 0, such that v is about scale q. Threads: OpenMP inside. */
void leuko_round_rows(const LeukoRounding *how, gsize n_rows, const float *v, gint8 *q,
                      float *scale);
