#include "engine/backprop-parts.h"
#include <math.h>

/* Write the softmax p (n) of one row of logits and return the cross-entropy with the targets.
 * Computed in double. */
static double row_loss(const float *logits, const float *targets, guint n, double *p)
{
    double most = -INFINITY, sum = 0, loss = 0;
    for (guint k = 0; k < n; k++)
        most = fmax(most, (double)logits[k]);
    for (guint k = 0; k < n; k++)
        sum += p[k] = exp((double)logits[k] - most);
    for (guint k = 0; k < n; k++) {
        if (targets[k] > 0)
            loss -= (double)targets[k] * ((double)logits[k] - most - log(sum));
        p[k] /= sum;
    }
    return loss;
}

double leuko_backprop_loss(const LeukoBackprop *t, const LeukoBackpropBatch *batch,
                           const float *logits, double share, float *probabilities, float *d_logits)
{
    guint k_classes = t->n_classes, n = t->options.batch;
    g_autofree double *p = g_new(double, k_classes);
    double total = 0, all_weights = 0;
    for (guint i = 0; i < n; i++)
        all_weights += batch->weights ? (double)batch->weights[i] : 1.0;
    for (guint i = 0; i < n; i++) {
        const float *targets = batch->targets + (gsize)i * k_classes;
        double weight = share * (batch->weights ? (double)batch->weights[i] : 1.0) / all_weights;
        double loss = row_loss(logits + (gsize)i * t->n_logits, targets, k_classes, p);
        if (!isfinite(loss)) /* a weight of 0 must not hide a logit that is not finite */
            return NAN;
        total += weight * loss;
        for (guint k = 0; k < k_classes; k++) {
            d_logits[(gsize)i * t->n_logits + k] = (float)(weight * (p[k] - (double)targets[k]));
            if (probabilities)
                probabilities[(gsize)i * k_classes + k] = (float)p[k];
        }
        for (guint k = k_classes; k < t->n_logits; k++)
            d_logits[(gsize)i * t->n_logits + k] = 0;
    }
    return total;
}
