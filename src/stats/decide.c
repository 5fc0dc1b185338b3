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

static gboolean all_finite(const double *values, guint n)
{
    for (guint k = 0; k < n; k++)
        if (!isfinite(values[k]))
            return FALSE;
    return TRUE;
}

gboolean leuko_soften(const float *logits, guint n_classes, double temperature,
                      double *probabilities)
{
    for (guint k = 0; k < n_classes; k++)
        probabilities[k] = logits[k] / temperature;
    gboolean finite = all_finite(probabilities, n_classes);
    if (finite)
        leuko_softmax(probabilities, n_classes);
    for (guint k = 0; !finite && k < n_classes; k++)
        probabilities[k] = NAN;
    return finite;
}

gint leuko_decide(const double *probabilities, guint n_classes, gint positive, double threshold)
{
    if (!all_finite(probabilities, n_classes))
        return -1;
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
