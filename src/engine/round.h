/* engine/round.h: round weights to 8 bits so that the convolution's output changes least.
 *
 * Nearest rounding minimizes the error of each weight, but the error of the sum matters:
 *   (v - s q) C (v - s q)^T,  C the covariance of the inputs (engine/moments.h).
 * Adjacent inputs are correlated, so errors of opposite sign cancel. Coordinate descent starts
 * at the nearest integers; each weight in turn takes the integer that minimizes the sum's error
 * with the other weights fixed, for a few sweeps. Source: Behdin et al. 2023, QuantEase, arXiv
 * 2309.01885; the objective: Nagel et al. 2020, AdaRound, arXiv 2004.10568; Frantar and Alistarh
 * 2022, arXiv 2208.11580.
 *
 * Processors without VNNI add two adjacent products u8 x s8 in 16 bits and saturate (vpmaddubsw):
 * 255 (q + q') must stay within -32768 to 32767. This always holds for weights of opposite signs;
 * for weights of equal signs, |q + q'| must be at most 128.
 */
#pragma once
#include <glib.h>

enum { LEUKO_PAIR_LIMIT = 128 };

typedef struct {
    gsize k;
    const float *covariance; /* (k, k) of the inputs / their scales; NULL: nearest rounding */
    const gint *partner;     /* (k): index of the weight whose product is added to this weight's
                                product in 16 bits, or -1; NULL: no such sums */
} LeukoRounding;

/* Round each row so that v is about scale q. Threads: no state; OpenMP inside.
 * v      (n_rows, k): real weights with the inputs' scales folded in
 * q      (n_rows, k), out: -127 to 127
 * scale  (n_rows), out: > 0 */
void leuko_round_rows(const LeukoRounding *how, gsize n_rows, const float *v, gint8 *q,
                      float *scale);
