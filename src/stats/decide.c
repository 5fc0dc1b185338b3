#include "stats/decide.h"
#include <math.h>

double leuko_softmax(double *z, guint n_classes)
{
    double top = z[0], sum = 0;
    for (guint k = 1; k < n_classes; k++)
        top = fmax(top, z[k]);
    for (guint k = 0; k < n_classes; k++)
        sum += z[k] = exp(z[k] - top);
    for (guint k = 0; k < n_classes; k++)
        z[k] /= sum;
    return top + log(sum);
}

void leuko_soften(const float *logits, guint n_classes, double temperature, double *probabilities)
{
    for (guint k = 0; k < n_classes; k++)
        probabilities[k] = logits[k] / temperature;
    leuko_softmax(probabilities, n_classes);
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
