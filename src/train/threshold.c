#include "train/threshold.h"
#include <math.h>
#include <stdlib.h>

typedef struct {
    double score;
    gboolean positive;
} Scored;

static int by_score(const void *a, const void *b)
{
    double x = ((const Scored *)a)->score, y = ((const Scored *)b)->score;
    return (x > y) - (x < y);
}

double leuko_best_threshold(const double *scores, const gboolean *positives, gsize n_rows)
{
    g_autofree Scored *s = g_new(Scored, n_rows);
    double n[2] = {0, 0};
    for (gsize i = 0; i < n_rows; i++) {
        s[i] = (Scored){scores[i], positives[i] != FALSE};
        n[s[i].positive]++;
    }
    if (n[0] == 0 || n[1] == 0)
        return 0.5;
    qsort(s, n_rows, sizeof *s, by_score);
    double true_positives = n[1], true_negatives = 0, best = -1, threshold = 0.5;
    for (gsize i = 0; i <= n_rows; i++) { /* rows before i are predicted negative */
        double below = i == 0 ? 0 : s[i - 1].score, above = i == n_rows ? 1 : s[i].score;
        double balanced = 0.5 * (true_positives / n[1] + true_negatives / n[0]);
        double t = CLAMP(0.5, below + 0.25 * (above - below), above - 0.25 * (above - below));
        gboolean better = balanced > best + 1e-12;
        if (above > below &&
            (better || (balanced > best - 1e-12 && fabs(t - 0.5) < fabs(threshold - 0.5)))) {
            best = balanced;
            threshold = t;
        }
        if (i < n_rows)
            *(s[i].positive ? &true_positives : &true_negatives) += s[i].positive ? -1 : 1;
    }
    return threshold;
}
