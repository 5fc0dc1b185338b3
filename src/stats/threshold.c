#include "stats/threshold.h"
#include "stats/interval.h"
#include "stats/threshold-sensitivity.h"
#include <math.h>

LeukoThresholdChoice leuko_threshold_choice_none(void)
{
    const LeukoThresholdRule rule = {LEUKO_THRESHOLD_NONE, NAN, NAN, NAN};
    return (LeukoThresholdChoice){.rule = rule, .low = NAN, .high = NAN, .sensitivity_bound = NAN};
}

/* --- the best threshold of weighted images ---------------------------------------------------- */

/* A quarter of the gap away from each of the scores around it, or nearer to `wanted`. */
static double inside_gap(double below, double above, double wanted)
{
    return CLAMP(wanted, below + 0.25 * (above - below), above - 0.25 * (above - below));
}

/* The threshold with the largest (1 - w) specificity + w sensitivity; among equal ones, the nearest
 * to `nearest`. `nearest` if a class has no weight.
 * weights  (units); NULL: all 1 */
static double best_of(const LeukoScored *s, guint n, const guint *weights, double w, double nearest)
{
    double all[2] = {0, 0}, positives, negatives = 0, best = -1, threshold = nearest;
    for (guint i = 0; i < n; i++)
        all[s[i].positive] += weights ? weights[s[i].unit] : 1;
    if (all[0] <= 0 || all[1] <= 0)
        return nearest;
    positives = all[1];
    for (guint i = 0; i <= n; i++) { /* rows before i are predicted negative */
        double below = i == 0 ? 0 : s[i - 1].score, above = i == n ? 1 : s[i].score;
        double value = w * positives / all[1] + (1 - w) * negatives / all[0];
        double t = inside_gap(below, above, nearest);
        gboolean better = value > best + 1e-12;
        if (above > below &&
            (better || (value > best - 1e-12 && fabs(t - nearest) < fabs(threshold - nearest)))) {
            best = value;
            threshold = t;
        }
        if (i < n) {
            double weight = weights ? weights[s[i].unit] : 1;
            *(s[i].positive ? &positives : &negatives) += s[i].positive ? -weight : weight;
        }
    }
    return threshold;
}

double leuko_best_threshold(const double *scores, const gboolean *positives, gsize n)
{
    const LeukoThresholdInput in = {(guint)n, scores, positives, NULL, 0};
    g_autofree LeukoScored *s = leuko_threshold_sort(&in);
    return best_of(s, in.n, NULL, 0.5, 0.5);
}

/* --- balanced and cost ------------------------------------------------------------------------ */

static double logit(double p) { return log(p / (1 - p)); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* Thresholds so near to 0 or 1 that they say nothing are cut off. */
#define EDGE 1e-9

/* At least a millionth of log-odds, ten times what another batch or thread count changes. */
#define CLEARANCE 1e-5

/* Move t out of the way of scores that rounding could carry to its other side. */
static double keep_clear(const LeukoScored *s, guint n, double t)
{
    double below = 0, above = 1;
    for (guint i = 0; i < n; i++)
        if (s[i].score < t)
            below = s[i].score;
        else {
            above = s[i].score;
            break;
        }
    double room = CLEARANCE * t * (1 - t);
    return t - below < room || above - t < room ? below + (above - below) / 2 : t;
}

static double share_of_weight(const LeukoThresholdRule *rule, double among_images)
{
    if (rule->kind != LEUKO_THRESHOLD_COST)
        return 0.5;
    double q = isfinite(rule->prevalence) ? rule->prevalence : among_images;
    return rule->miss_cost * q / (rule->miss_cost * q + 1 - q);
}

static double choose_shrunk(const LeukoScored *s, guint n, LeukoThresholdUnits *units,
                            LeukoThresholdChoice *c)
{
    double share = (double)c->n_positive / n, w = share_of_weight(&c->rule, share);
    double center =
        logit((1 - w) / w * share / (1 - share) / (1 + (1 - w) / w * share / (1 - share)));
    double nearest = CLAMP(sigmoid(center), EDGE, 1 - EDGE), sum = 0, squares = 0;
    center = logit(nearest);
    for (guint d = 0; d < LEUKO_THRESHOLD_DRAWS; d++) {
        leuko_threshold_draw(units, d);
        double t = best_of(s, n, units->weights, w, nearest);
        double off = logit(CLAMP(t, EDGE, 1 - EDGE)) - center;
        sum += off;
        squares += off * off;
    }
    double mean = sum / LEUKO_THRESHOLD_DRAWS;
    double variance = (squares - sum * mean) / (LEUKO_THRESHOLD_DRAWS - 1);
    double noise = fmax(variance, 0) + 1.0 / MIN(units->n[0], units->n[1]);
    double middle = center + mean / (1 + noise), half = LEUKO_Z95 * sqrt(noise / (1 + noise));
    c->low = sigmoid(middle - half);
    c->high = sigmoid(middle + half);
    return keep_clear(s, n, CLAMP(sigmoid(middle), EDGE, 1 - EDGE));
}

gboolean leuko_threshold_choose(const LeukoThresholdInput *in, LeukoThresholdChoice *c,
                                double *threshold, GError **error)
{
    const LeukoThresholdRule rule = c->rule;
    *c = leuko_threshold_choice_none();
    c->rule = rule;
    for (guint i = 0; i < in->n; i++)
        *(in->positives[i] ? &c->n_positive : &c->n_negative) += 1;
    g_auto(LeukoThresholdUnits) units;
    leuko_threshold_units_init(&units, in);
    c->n_groups = in->unit ? MIN(units.n[0], units.n[1]) : 0;
    g_autofree LeukoScored *s = leuko_threshold_sort(in);
    if (rule.kind == LEUKO_THRESHOLD_SENSITIVITY)
        return leuko_threshold_for_sensitivity(s, in, &units, c, threshold, error);
    gboolean fixed = rule.kind == LEUKO_THRESHOLD_NONE || c->n_positive == 0 || c->n_negative == 0;
    *threshold = fixed ? 0.5 : choose_shrunk(s, in->n, &units, c);
    return TRUE;
}
