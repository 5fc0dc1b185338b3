#include "stats/threshold-sensitivity.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/sort-doubles.h"
#include "stats/distribution.h"
#include "stats/interval.h"
#include <math.h>

/* Images of one group resemble each other: n images in groups of m count as n / (1 + (m - 1) r)
 * independent ones (Kish 1965), r being the correlation of the scores' log-odds within a group. r
 * is the upper end of its one-sided interval (analysis of variance with F-quantiles, Searle 1971),
 * because few groups estimate it poorly and a lost promise costs more than a low threshold.
 * docs/measurements.md: kept in 0.947 to 1 of simulated studies with 10 groups or more. */
static const double CORRELATION_LEVEL = 0.75;
static const double MISS_LEVEL = 0.05; /* the bound holds with 95 % confidence */

/* --- how many independent images the positive ones are worth ---------------------------------- */

typedef struct {
    double n, n_groups, mean_square; /* images, groups, sum of n_g^2 / n */
    double between, within;          /* mean squares */
} Variance;

static Variance analyze(const LeukoThresholdInput *in)
{
    g_autofree double *sum = g_new0(double, in->n_units), *size = g_new0(double, in->n_units);
    double n = 0, total = 0, n_groups = 0, squares = 0, between = 0, within = 0;
    g_autofree double *z = g_new0(double, in->n);
    for (guint i = 0; i < in->n; i++) {
        if (!in->positives[i])
            continue;
        double p = CLAMP(in->scores[i], 1e-9, 1 - 1e-9);
        z[i] = log(p / (1 - p));
        sum[in->unit[i]] += z[i];
        size[in->unit[i]]++;
        total += z[i];
        n++;
    }
    for (guint u = 0; u < in->n_units; u++)
        if (size[u] > 0) {
            between += size[u] * pow(sum[u] / size[u] - total / n, 2);
            squares += size[u] * size[u];
            n_groups++;
        }
    for (guint i = 0; i < in->n; i++)
        if (in->positives[i])
            within += pow(z[i] - sum[in->unit[i]] / size[in->unit[i]], 2);
    return (Variance){n, n_groups, squares / n, between / (n_groups - 1), within / (n - n_groups)};
}

static double f_quantile(double p, double df1, double df2)
{
    double x = leuko_beta_quantile(p, df1 / 2, df2 / 2);
    return df2 * x / (df1 * (1 - x));
}

/* The number of independent images that the n positive ones count as. */
static double effective(const LeukoThresholdInput *in, guint n)
{
    if (!in->unit)
        return n;
    Variance v = analyze(in);
    if (v.n_groups < 2)
        return 1;
    if (v.n <= v.n_groups) /* one image in each group */
        return n;
    double each = (v.n - v.mean_square) / (v.n_groups - 1);
    double least = f_quantile(1 - CORRELATION_LEVEL, v.n_groups - 1, v.n - v.n_groups);
    double ratio = v.within > 0 ? v.between / v.within / least : INFINITY;
    double r = isfinite(ratio) ? CLAMP((ratio - 1) / (ratio + each - 1), 0, 1) : 1;
    return n / (1 + (v.mean_square - 1) * r);
}

/* The lower bound of the sensitivity with `missed` of n images missed. */
static double lower_bound(guint missed, guint n, double worth)
{
    double scale = worth / n;
    return missed >= n ? 0
                       : leuko_beta_quantile(MISS_LEVEL, (n - missed) * scale, missed * scale + 1);
}

static gboolean refuse(const LeukoThresholdChoice *c, const LeukoThresholdInput *in, double worth,
                       GError **error)
{
    double bound = c->n_positive > 0 ? lower_bound(0, c->n_positive, worth) : 0;
    guint needed = (guint)ceil(log(MISS_LEVEL) / log(c->rule.target) - 1e-9);
    g_autofree gchar *groups =
        in->unit ? g_strdup_printf(" in their groups, worth %.0f independent ones", worth)
                 : g_strdup("");
    return leuko_fail(
        LEUKO_ERROR_DATA, error,
        "a sensitivity of %g is not reachable with %u positive validation %s%s: with none missed "
        "the lower 95 %% bound is %.3f; at least %u independent %s are needed",
        c->rule.target, c->n_positive, LEUKO_PLURAL(c->n_positive, "image"), groups, bound, needed,
        LEUKO_PLURAL(needed, "image"));
}

/* --- the threshold ---------------------------------------------------------------------------- */

/* A quarter of the gap below the first positive image after `missed` of them (weights NULL: each
 * image counts once); the whole weight is `all`. */
static double below_score(const LeukoScored *s, guint n, const guint *weights, double missed)
{
    double passed = 0;
    for (guint i = 0; i < n; i++) {
        if (!s[i].positive)
            continue;
        passed += weights ? weights[s[i].unit] : 1;
        if (passed <= missed)
            continue;
        guint first = i;
        while (first > 0 && s[first - 1].score >= s[i].score)
            first--;
        double below = first > 0 ? s[first - 1].score : 0;
        return s[i].score - 0.25 * (s[i].score - below);
    }
    return 0.5;
}

static double positive_weight(const LeukoScored *s, guint n, const guint *weights)
{
    double sum = 0;
    for (guint i = 0; i < n; i++)
        if (s[i].positive)
            sum += weights[s[i].unit];
    return sum;
}

/* The interval: the threshold that misses the same share in resamples of the groups. */
static void resample(const LeukoScored *s, guint n, LeukoThresholdUnits *units, double share,
                     LeukoThresholdChoice *c)
{
    double t[LEUKO_THRESHOLD_DRAWS];
    for (guint d = 0; d < LEUKO_THRESHOLD_DRAWS; d++) {
        leuko_threshold_draw(units, d);
        double all = positive_weight(s, n, units->weights);
        t[d] = below_score(s, n, units->weights, share * all + 1e-9);
    }
    leuko_sort_doubles(t, LEUKO_THRESHOLD_DRAWS);
    c->low = t[LEUKO_THRESHOLD_DRAWS / 40];
    c->high = t[LEUKO_THRESHOLD_DRAWS - 1 - LEUKO_THRESHOLD_DRAWS / 40];
}

gboolean leuko_threshold_for_sensitivity(const LeukoScored *s, const LeukoThresholdInput *in,
                                         LeukoThresholdUnits *units, LeukoThresholdChoice *c,
                                         double *threshold, GError **error)
{
    guint n = c->n_positive, low = 0, high = n;
    double worth = n > 0 ? effective(in, n) : 0;
    if (n == 0 || lower_bound(0, n, worth) < c->rule.target)
        return refuse(c, in, worth, error);
    while (high - low > 1) { /* `low` misses keep the target, `high` do not */
        guint middle = low + (high - low) / 2;
        if (lower_bound(middle, n, worth) >= c->rule.target)
            low = middle;
        else
            high = middle;
    }
    *threshold = CLAMP(below_score(s, in->n, NULL, low), 1e-9, 1 - 1e-9);
    guint missed = 0;
    for (guint i = 0; i < in->n; i++)
        missed += s[i].positive && s[i].score < *threshold;
    c->sensitivity_bound = lower_bound(missed, n, worth);
    resample(s, in->n, units, (double)low / n, c);
    return TRUE;
}
