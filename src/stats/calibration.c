#include "stats/calibration.h"
#include "stats/decide.h"
#include <math.h>
#include <string.h>

LeukoProbabilityMap leuko_probability_map_none(void)
{
    return (LeukoProbabilityMap){.loss_before = NAN,
                                 .loss_after = NAN,
                                 .cv_temperature = NAN,
                                 .cv_isotonic = NAN,
                                 .cv_se = NAN};
}

double leuko_probability_map_at(const LeukoProbabilityMap *c, double m)
{
    guint n = c->n_knots, high = 1;
    if (n == 0)
        return m;
    if (m <= c->x[0])
        return c->y[0] + (m - c->x[0]);
    if (m >= c->x[n - 1])
        return c->y[n - 1] + (m - c->x[n - 1]);
    while (high + 1 < n && c->x[high] < m)
        high++;
    double share = (m - c->x[high - 1]) / (c->x[high] - c->x[high - 1]);
    return c->y[high - 1] + share * (c->y[high] - c->y[high - 1]);
}

gboolean leuko_probabilities(const LeukoProbabilityMap *c, double temperature, gint positive,
                             const float *logits, guint n_classes, double *probabilities)
{
    if (c->n_knots == 0 || n_classes != 2 || positive < 0)
        return leuko_soften(logits, n_classes, temperature, probabilities);
    double m = ((double)logits[positive] - (double)logits[1 - positive]) / temperature;
    double odds = isfinite(m) ? leuko_probability_map_at(c, m) : (double)NAN;
    probabilities[positive] = 1 / (1 + exp(-odds));
    probabilities[1 - positive] = 1 / (1 + exp(odds));
    return isfinite(m);
}

void leuko_probability_map_layers(const LeukoProbabilityMap *c, guint positive, float *first,
                                  float *first_bias, float *second, float *second_bias)
{
    guint n = c->n_knots, hidden = LEUKO_MAP_HIDDEN(n);
    for (guint h = 0; h < hidden; h++) { /* relu(m), relu(-m), relu(m - x) of each knot */
        float sign = h == 1 ? -1 : 1;
        first[positive * hidden + h] = sign;
        first[(1 - positive) * hidden + h] = -sign;
        first_bias[h] = h < 2 ? 0 : (float)-c->x[h - 2];
        second[2 * h + 1 - positive] = 0;
    }
    second[positive] = 1; /* m = relu(m) - relu(-m), then the change of slope at each knot */
    second[2 + positive] = -1;
    double slope = 1;
    for (guint i = 0; i < n; i++) {
        double next = i + 1 < n ? (c->y[i + 1] - c->y[i]) / (c->x[i + 1] - c->x[i]) : 1;
        second[2 * (i + 2) + positive] = (float)(next - slope);
        slope = next;
    }
    second_bias[positive] = (float)(c->y[0] - c->x[0]);
    second_bias[1 - positive] = 0;
}

const char *leuko_probability_map_check(const LeukoProbabilityMap *c)
{
    if (c->n_knots > LEUKO_MAP_MAX_KNOTS)
        return "too many knots";
    for (guint i = 0; i < c->n_knots; i++) {
        if (!(fabs(c->x[i]) <= LEUKO_MAP_MAX_LOGIT && fabs(c->y[i]) <= LEUKO_MAP_MAX_LOGIT))
            return "a knot is out of range";
        if (i > 0 && !(c->x[i] - c->x[i - 1] >= LEUKO_MAP_MIN_STEP &&
                       c->y[i] - c->y[i - 1] >= LEUKO_MAP_MIN_STEP))
            return "the knots do not rise";
    }
    return NULL;
}

static const char *const NAMES[] = {[LEUKO_ISOTONIC_NOT_TRIED] = "not tried",
                                    [LEUKO_ISOTONIC_USED] = "used",
                                    [LEUKO_ISOTONIC_NOT_BETTER] = "not better",
                                    [LEUKO_ISOTONIC_TOO_FEW] = "too few groups",
                                    [LEUKO_ISOTONIC_CLASSES] = "classes"};

const char *leuko_isotonic_name(LeukoIsotonic isotonic) { return NAMES[isotonic]; }

gboolean leuko_isotonic_parse(const char *name, LeukoIsotonic *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(NAMES); i++)
        if (strcmp(name, NAMES[i]) == 0) {
            *out = (LeukoIsotonic)i;
            return TRUE;
        }
    return FALSE;
}
