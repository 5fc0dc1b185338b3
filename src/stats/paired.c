#include "stats/paired.h"
#include "base/rng.h"
#include "stats/auc.h"
#include "stats/bootstrap.h"
#include "stats/distribution.h"
#include "stats/units.h"
#include <math.h>

enum { SIDES = 2, ALL_FLIPS_UP_TO = 12, RANDOM_FLIPS = 10000 };
static const guint64 SEED = 51;

typedef struct {
    const LeukoEvalInput *in[SIDES];
    const LeukoUnits *units;
    LeukoStatistics *stats[SIDES];
    LeukoBootstrap *bootstrap[SIDES]; /* the same draws; NULL: too few groups */
    gint *decided[SIDES];             /* (N) */
    LeukoPaired *out;
} Job;

double leuko_mcnemar(guint only_first, guint only_second)
{
    guint n = only_first + only_second;
    return n == 0 ? 1 : MIN(1, 2 * leuko_binomial_cdf(MIN(only_first, only_second), n, 0.5));
}

LeukoInterval leuko_newcombe_paired(guint both, guint only_first, guint only_second, guint neither)
{
    double e = both, f = only_first, g = only_second, h = neither, n = e + f + g + h;
    double first = (e + f) / n, second = (e + g) / n, difference = second - first;
    LeukoInterval a = leuko_wilson(e + f, n), b = leuko_wilson(e + g, n);
    double margins = (e + f) * (g + h) * (e + g) * (f + h), cross = e * h - f * g;
    double phi = 0; /* correlation, corrected for continuity where it is positive */
    if (margins > 0)
        phi = (cross > 0 ? MAX(cross - n / 2, 0) : cross) / sqrt(margins);
    double down = second - b.low, up = a.high - first;
    double low = down * down - 2 * phi * down * up + up * up;
    down = first - a.low;
    up = b.high - second;
    double high = down * down - 2 * phi * down * up + up * up;
    return (LeukoInterval){difference - sqrt(MAX(low, 0)), difference + sqrt(MAX(high, 0))};
}

/* --- proportions: accuracy, sensitivity, specificity ---------------------------------------- */

typedef struct {
    guint both, only_first, only_second, neither;
} Counts;

/* Over the images of one class, or of all for class -1. surplus: (n_units) how many more images of
 * each unit the second classified correctly. */
static Counts count_hits(const Job *job, gint class, gint *surplus)
{
    const LeukoEvalInput *in = job->in[0];
    Counts c = {0};
    for (guint i = 0; i < in->n; i++) {
        if (class >= 0 && in->labels[i] != class)
            continue;
        gboolean a = job->decided[0][i] == in->labels[i], b = job->decided[1][i] == in->labels[i];
        (*(a && b ? &c.both : a ? &c.only_first : b ? &c.only_second : &c.neither))++;
        surplus[job->units->unit[i]] += b - a;
    }
    return c;
}

static gint64 flipped_sum(const gint *surplus, guint n, LeukoRng *rng, guint pattern)
{
    gint64 sum = 0;
    for (guint g = 0; g < n; g++) {
        gboolean flip = rng ? leuko_rng_below(rng, 2) == 1 : (pattern >> g & 1) == 1;
        sum += flip ? -surplus[g] : surplus[g];
    }
    return ABS(sum);
}

/* How often an exchange of the answers in some groups gives a difference as large as the one
 * found. Random exchanges count the one found too: Phipson and Smyth 2010. */
static double exchange_groups(const gint *surplus, guint n)
{
    gint64 found = flipped_sum(surplus, n, NULL, 0);
    guint as_large = 0;
    if (n <= ALL_FLIPS_UP_TO) {
        for (guint pattern = 0; pattern < 1u << n; pattern++)
            as_large += flipped_sum(surplus, n, NULL, pattern) >= found ? 1 : 0;
        return as_large / (double)(1u << n);
    }
    for (guint d = 0; d < RANDOM_FLIPS; d++) {
        LeukoRng rng;
        leuko_rng_init(&rng, SEED, "exchange", d);
        as_large += flipped_sum(surplus, n, &rng, 0) >= found ? 1 : 0;
    }
    return (as_large + 1.0) / (RANDOM_FLIPS + 1.0);
}

static void compare_hits(const Job *job, gint class, LeukoDifference *d)
{
    const LeukoUnits *units = job->units;
    g_autofree gint *surplus = g_new0(gint, units->n_units);
    Counts c = count_hits(job, class, surplus);
    if (c.both + c.only_first + c.only_second + c.neither == 0)
        return;
    if (units->regime == LEUKO_BY_IMAGES) {
        LeukoInterval w = leuko_newcombe_paired(c.both, c.only_first, c.only_second, c.neither);
        d->low = w.low;
        d->high = w.high;
        d->method = "Newcombe's method for paired proportions";
        d->p_value = leuko_mcnemar(c.only_first, c.only_second);
        d->test = "McNemar, exact";
    } else {
        d->p_value = exchange_groups(surplus, units->n_units);
        d->test = units->n_units <= ALL_FLIPS_UP_TO
                      ? "exchange of the answers in groups, all ways"
                      : "exchange of the answers in groups, 10,000 draws";
    }
}

/* --- AUC of two classes --------------------------------------------------------------------- */

static void compare_auc(const Job *job, LeukoDifference *d)
{
    const LeukoEvalInput *in = job->in[0];
    const LeukoUnits *units = job->units;
    g_autofree gboolean *positive = g_new(gboolean, in->n);
    g_autofree double *first = g_new(double, in->n), *second = g_new(double, in->n);
    double *const scores[SIDES] = {first, second};
    for (guint i = 0; i < in->n; i++) {
        positive[i] = in->labels[i] == 1;
        for (guint s = 0; s < SIDES; s++)
            scores[s][i] = job->in[s]->probabilities[2 * (gsize)i + 1];
    }
    LeukoAuc auc;
    leuko_auc_compute(
        &(LeukoAucInput){in->n, positive, {scores[0], scores[1]}, units->unit, units->n_units},
        &auc);
    double variance = auc.covariance[0][0] + auc.covariance[1][1] - 2 * auc.covariance[0][1];
    /* what remains of equal terms by rounding is no variance */
    if (!(variance > 1e-14))
        return;
    gboolean images = units->regime == LEUKO_BY_IMAGES;
    guint few = leuko_smallest(images ? units->class_n : units->class_groups, 2);
    double error = sqrt(variance), t = fabs(d->difference) / error;
    double quantile = images ? LEUKO_Z95 : leuko_student_quantile(0.975, few - 1.0);
    d->low = d->difference - quantile * error;
    d->high = d->difference + quantile * error;
    d->p_value = 2 * (images ? leuko_normal_cdf(-t) : leuko_student_cdf(-t, few - 1.0));
    d->test = d->method = images ? "DeLong" : "Obuchowski, Student's t";
}

/* --- everything else ------------------------------------------------------------------------ */

/* BCa of the differences of the draws: draw number d resamples the same units for both. */
static void bootstrap_difference(const Job *job, guint stat, LeukoDifference *d)
{
    const LeukoBootstrap *a = job->bootstrap[0], *b = job->bootstrap[1];
    guint n_units = a->n_units, n = 0;
    g_autofree double *draws = g_new(double, a->n_draws);
    for (guint i = 0; i < a->n_draws; i++) {
        gsize at = (gsize)stat * a->n_draws + i;
        if (isfinite(b->draws[at] - a->draws[at]))
            draws[n++] = b->draws[at] - a->draws[at];
    }
    if (n < (1 - LEUKO_MAX_UNDEFINED) * a->n_draws) {
        d->method = LEUKO_NOT_ESTIMABLE "not defined in too many resamples";
        return;
    }
    double acceleration = 0;
    if (a->influence) {
        g_autofree double *influence = g_new(double, n_units);
        for (guint u = 0; u < n_units; u++)
            influence[u] =
                b->influence[(gsize)stat * n_units + u] - a->influence[(gsize)stat * n_units + u];
        acceleration = leuko_acceleration(influence, n_units);
    }
    gboolean images = job->units->regime == LEUKO_BY_IMAGES;
    guint few = leuko_smallest(images ? job->units->class_n : job->units->class_groups,
                               job->in[0]->n_classes);
    LeukoInterval w = leuko_bca(draws, n, d->difference, acceleration, few);
    if (draws[n - 1] - draws[0] < 1e-12) {
        d->method = LEUKO_NOT_ESTIMABLE "all resamples are equal";
        return;
    }
    d->low = w.low;
    d->high = w.high;
    d->method = images          ? "BCa bootstrap over images by class, 2000 draws"
                : a->stratified ? "BCa bootstrap over groups by class, 2000 draws"
                                : "BCa bootstrap over groups, 2000 draws";
}

typedef struct {
    const char *name;
    gint stat;  /* -1: not applicable */
    gint class; /* of a proportion of hits; -1: of all images; -2: no such proportion */
} Figure;

static LeukoDifference difference_of(const Job *job, const Figure *figure, double *const values[])
{
    LeukoDifference d = {.name = figure->name,
                         .first = values[0][figure->stat],
                         .second = values[1][figure->stat],
                         .low = NAN,
                         .high = NAN,
                         .p_value = NAN,
                         .method = "not defined: a class is absent or never predicted"};
    d.difference = d.second - d.first;
    if (!isfinite(d.difference))
        return d;
    d.method = job->units->reason;
    if (figure->class >= -1)
        compare_hits(job, figure->class, &d);
    if (job->units->regime == LEUKO_TOO_FEW_GROUPS)
        return d;
    if (figure->stat == LEUKO_STAT_AUC && job->in[0]->n_classes == 2)
        compare_auc(job, &d);
    if (!isfinite(d.low))
        bootstrap_difference(job, (guint)figure->stat, &d);
    return d;
}

static void fill_differences(Job *job)
{
    guint n_classes = job->in[0]->n_classes;
    gint positive = n_classes == 2 ? job->in[0]->positive : -1;
    const LeukoStatistics *s = job->stats[0];
    const Figure figures[] = {
        {"accuracy", LEUKO_STAT_ACCURACY, -1},
        {"balanced_accuracy", LEUKO_STAT_BALANCED, -2},
        {"sensitivity", positive < 0 ? -1 : (gint)leuko_stat_recall(s, (guint)positive), positive},
        {"specificity", positive < 0 ? -1 : (gint)leuko_stat_recall(s, (guint)(1 - positive)),
         1 - positive},
        {"macro_f1", LEUKO_STAT_MACRO_F1, -2},
        {"mcc", LEUKO_STAT_MCC, -2},
        {"kappa", LEUKO_STAT_KAPPA, -2},
        {"auc", LEUKO_STAT_AUC, -2},
        {"average_precision", positive < 0 ? -1 : LEUKO_STAT_AVERAGE_PRECISION, -2},
        {"brier", LEUKO_STAT_BRIER, -2},
        {"log_loss", LEUKO_STAT_LOG_LOSS, -2}};
    double *values[SIDES] = {leuko_statistics_of_sample(job->stats[0]),
                             leuko_statistics_of_sample(job->stats[1])};
    job->out->differences = g_new0(LeukoDifference, G_N_ELEMENTS(figures));
    for (guint i = 0; i < G_N_ELEMENTS(figures); i++)
        if (figures[i].stat >= 0)
            job->out->differences[job->out->n_differences++] =
                difference_of(job, &figures[i], values);
    g_free(values[0]);
    g_free(values[1]);
}

static void prepare_side(Job *job, guint side, const LeukoEvalInput *in)
{
    job->in[side] = in;
    job->decided[side] = leuko_decide_all(in);
    job->stats[side] = leuko_statistics_new(in->n, in->n_classes, in->labels, job->decided[side],
                                            in->probabilities, job->units->unit,
                                            job->units->n_units, in->positive);
    if (job->units->regime != LEUKO_TOO_FEW_GROUPS)
        job->bootstrap[side] =
            leuko_bootstrap_new(job->stats[side], job->units->n_units, job->units->stratum,
                                job->units->n_strata, LEUKO_BOOTSTRAP_DRAWS, SEED);
}

LeukoPaired *leuko_paired_compare(const LeukoEvalInput *first, const LeukoEvalInput *second,
                                  GError **error)
{
    g_assert(first->n == second->n && first->n_classes == second->n_classes &&
             first->positive == second->positive);
    if (!leuko_eval_input_check(first, error) || !leuko_eval_input_check(second, error))
        return NULL;
    LeukoPaired *out = g_new0(LeukoPaired, 1);
    g_autoptr(LeukoUnits) units = leuko_units_new(first);
    Job job = {.units = units, .out = out};
    prepare_side(&job, 0, first);
    prepare_side(&job, 1, second);
    g_autofree gint *surplus = g_new0(gint, units->n_units);
    Counts c = count_hits(&job, -1, surplus);
    out->n = first->n;
    out->n_groups = units->n_groups;
    out->both = c.both;
    out->only_first = c.only_first;
    out->only_second = c.only_second;
    out->neither = c.neither;
    fill_differences(&job);
    for (guint s = 0; s < SIDES; s++) {
        g_free(job.decided[s]);
        leuko_statistics_free(job.stats[s]);
        leuko_bootstrap_free(job.bootstrap[s]);
    }
    return out;
}

void leuko_paired_free(LeukoPaired *paired)
{
    if (!paired)
        return;
    g_free(paired->differences);
    g_free(paired);
}
