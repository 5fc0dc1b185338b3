#include "answer/soften.h"
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
