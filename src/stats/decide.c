#include "stats/decide.h"
#include <math.h>

void leuko_soften(const float *logits, guint n_classes, double temperature, double *probabilities)
{
    double top = -HUGE_VAL, sum = 0;
    for (guint k = 0; k < n_classes; k++)
        top = MAX(top, logits[k] / temperature);
    for (guint k = 0; k < n_classes; k++)
        sum += probabilities[k] = exp(logits[k] / temperature - top);
    for (guint k = 0; k < n_classes; k++)
        probabilities[k] /= sum;
}

gint leuko_decide(const double *probabilities, guint n_classes, gint positive, double threshold)
{
    if (n_classes == 2 && positive >= 0 && isfinite(threshold))
        return probabilities[positive] >= threshold ? positive : 1 - positive;
    guint best = 0;
    for (guint k = 1; k < n_classes; k++)
        if (probabilities[k] > probabilities[best])
            best = k;
    return (gint)best;
}

gboolean leuko_is_referred(const double *probabilities, gint positive, double low, double high)
{
    return positive >= 0 && isfinite(low) && probabilities[positive] >= low &&
           probabilities[positive] <= high;
}
