#include "stats/isotonic.h"

void leuko_isotonic_fit(double *y, const double *weights, guint n)
{
    g_autofree double *sum = g_new(double, MAX(n, 1));    /* of each block: weighted sum of y, */
    g_autofree double *weight = g_new(double, MAX(n, 1)); /* its weight */
    g_autofree guint *end = g_new(guint, MAX(n, 1));      /* and where it ends in y */
    guint n_blocks = 0;
    for (guint i = 0; i < n; i++) {
        double w = weights ? weights[i] : 1;
        sum[n_blocks] = w * y[i];
        weight[n_blocks] = w;
        end[n_blocks++] = i + 1;
        while (n_blocks > 1 && sum[n_blocks - 2] * weight[n_blocks - 1] >=
                                   sum[n_blocks - 1] * weight[n_blocks - 2]) {
            sum[n_blocks - 2] += sum[n_blocks - 1];
            weight[n_blocks - 2] += weight[n_blocks - 1];
            end[n_blocks - 2] = end[n_blocks - 1];
            n_blocks--;
        }
    }
    for (guint b = 0, i = 0; b < n_blocks; b++)
        for (; i < end[b]; i++)
            y[i] = sum[b] / weight[b];
}
