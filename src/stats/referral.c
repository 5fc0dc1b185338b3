#include "stats/referral.h"
#include "stats/conformal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const promise_names[] = {"none", "average", "confident"};

/* --- use -------------------------------------------------------------------------------------- */

double leuko_odds_against(const double *probabilities, guint n_classes, guint k)
{
    double others = 0;
    for (guint j = 0; j < n_classes; j++)
        others += j == k ? 0 : probabilities[j];
    double odds = log(others) - log(probabilities[k]);
    return CLAMP(odds, -LEUKO_ODDS_MAX, LEUKO_ODDS_MAX);
}

static gboolean is_possible(const LeukoReferral *r, const double *probabilities, guint k)
{
    const LeukoReferralClass *c = &r->classes[k];
    return c->promise != LEUKO_PROMISE_NONE &&
           leuko_odds_against(probabilities, r->n_classes, k) <= c->limit;
}

gint leuko_referral_rival(const LeukoReferral *r, const double *probabilities, gint decision)
{
    gint rival = -1;
    for (guint k = 0; r && k < r->n_classes; k++)
        if ((gint)k != decision && is_possible(r, probabilities, k) &&
            (rival < 0 || probabilities[k] > probabilities[rival]))
            rival = (gint)k;
    return rival;
}

guint leuko_referral_units_needed(double miss_bound, double confidence, LeukoPromise promise)
{
    return promise == LEUKO_PROMISE_NONE ? 0
           : promise == LEUKO_PROMISE_AVERAGE
               ? leuko_conformal_units_on_average(miss_bound)
               : leuko_conformal_units_with_confidence(miss_bound, confidence);
}

const char *leuko_promise_name(LeukoPromise promise) { return promise_names[promise]; }

gboolean leuko_promise_parse(const char *name, LeukoPromise *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(promise_names); i++)
        if (strcmp(name, promise_names[i]) == 0) {
            *out = (LeukoPromise)i;
            return TRUE;
        }
    return FALSE;
}

LeukoReferral *leuko_referral_new(guint n_classes)
{
    LeukoReferral *r = g_new0(LeukoReferral, 1);
    r->n_classes = n_classes;
    r->miss_bound = LEUKO_REFERRAL_MISS_BOUND;
    r->confidence = LEUKO_REFERRAL_CONFIDENCE;
    r->classes = g_new0(LeukoReferralClass, n_classes);
    return r;
}

LeukoReferral *leuko_referral_copy(const LeukoReferral *referral)
{
    if (!referral)
        return NULL;
    LeukoReferral *r = g_memdup2(referral, sizeof *referral);
    r->classes = g_memdup2(referral->classes, referral->n_classes * sizeof *referral->classes);
    return r;
}

void leuko_referral_free(LeukoReferral *r)
{
    if (!r)
        return;
    g_free(r->classes);
    g_free(r);
}

/* --- fit: the images of one class ------------------------------------------------------------- */

enum { MAX_SWEEPS = 50 };

typedef struct {
    guint image;
    double odds; /* against the class */
    guint unit;
    gboolean wrong;   /* the decision is another class */
    gboolean blocked; /* a third class refers the image; FALSE with of_all */
} Row;

typedef struct {
    const LeukoReferralInput *in;
    const LeukoReferral *out; /* limits of the other classes, of_all */
    guint k, n;
    Row *rows;         /* (n), the largest odds first */
    guint n_units;     /* with an image of the class */
    guint *counts;     /* (n_units) images of each */
    double correction; /* leuko_conformal_correction() */
    /* with the limit that is tried: */
    guint n_missed, n_counted;
    guint *missed, *counted; /* (n_units) */
    LeukoUnitSums sums;
} Fit;

static int by_odds(const void *a, const void *b)
{
    double x = ((const Row *)a)->odds, y = ((const Row *)b)->odds;
    return (x < y) - (x > y);
}

/* Take the rows of class k and renumber the units that have one, in their order. */
static void fit_init(Fit *f)
{
    const LeukoReferralInput *in = f->in;
    guint n_all = in->units ? in->n_units : in->n, n_own = 0;
    g_autofree guint *number = g_new0(guint, MAX(n_all, 1));
    for (guint i = 0; i < in->n; i++)
        if (in->labels[i] == (gint)f->k) {
            number[in->units ? in->units[i] : i] = 1;
            n_own++;
        }
    for (guint u = 0; u < n_all; u++)
        number[u] = number[u] ? f->n_units++ : 0;
    f->rows = g_new(Row, MAX(n_own, 1));
    f->counts = g_new0(guint, MAX(f->n_units, 1));
    for (guint i = 0; i < in->n; i++) {
        if (in->labels[i] != (gint)f->k)
            continue;
        guint unit = number[in->units ? in->units[i] : i];
        const double *p = in->probabilities + (gsize)i * in->n_classes;
        f->counts[unit]++;
        f->rows[f->n++] = (Row){i, leuko_odds_against(p, in->n_classes, f->k), unit,
                                in->decisions[i] != (gint)f->k, FALSE};
    }
    qsort(f->rows, f->n, sizeof *f->rows, by_odds);
    f->missed = g_new0(guint, MAX(f->n_units, 1));
    f->counted = g_new0(guint, MAX(f->n_units, 1));
    f->correction = in->units ? leuko_conformal_correction(f->n_units, f->n, in->confidence) : 0;
}

static void fit_clear(Fit *f)
{
    g_free(f->rows);
    g_free(f->counts);
    g_free(f->missed);
    g_free(f->counted);
}

static gboolean bound_holds(const Fit *f)
{
    const LeukoReferralInput *in = f->in;
    double bound = in->miss_bound;
    if (f->out->classes[f->k].promise == LEUKO_PROMISE_AVERAGE)
        return leuko_conformal_ratio_is_below_on_average(&f->sums, bound);
    return in->units
               ? leuko_conformal_ratio_is_below(&f->sums, f->n_counted, f->correction, bound,
                                                in->confidence)
               : leuko_conformal_share_is_below(f->n_missed, f->n_counted, bound, in->confidence);
}

/* Count an image of unit u, which is missed or is not. */
static void count(Fit *f, guint u, guint missed, guint counted)
{
    double n = f->counts[u];
    leuko_unit_sums_change(&f->sums, f->missed[u] / n, f->counted[u] / n,
                           (f->missed[u] + missed) / n, (f->counted[u] + counted) / n);
    f->missed[u] += missed;
    f->counted[u] += counted;
    f->n_missed += missed;
    f->n_counted += counted;
}

/* Whether a class other than the decision and k refers the image. */
static gboolean is_blocked(const Fit *f, const Row *row)
{
    const LeukoReferralInput *in = f->in;
    for (guint j = 0; j < in->n_classes; j++)
        if (j != f->k && (gint)j != in->decisions[row->image] &&
            is_possible(f->out, in->probabilities + (gsize)row->image * in->n_classes, j))
            return TRUE;
    return FALSE;
}

/* Begin with the limit LEUKO_ODDS_MAX, at which no image is missed. */
static void begin(Fit *f)
{
    f->n_missed = f->n_counted = 0;
    f->sums = (LeukoUnitSums){.n_units = f->n_units};
    for (guint u = 0; u < f->n_units; u++)
        f->missed[u] = f->counted[u] = 0;
    for (guint i = 0; i < f->n; i++) {
        Row *row = &f->rows[i];
        row->blocked = !f->out->of_all && is_blocked(f, row);
        if (f->out->of_all || (!row->wrong && !row->blocked))
            count(f, row->unit, 0, 1);
    }
}

/* The first row from `i` on that a low limit misses, or n. */
static guint next_wrong(const Fit *f, guint i)
{
    while (i < f->n && (!f->rows[i].wrong || f->rows[i].blocked))
        i++;
    return i;
}

/* Lower the limit from one wrong decision to the next until the bound does not hold (fixed sequence
 * testing). With the limit at the odds of an image, those above it are missed. */
static double find_limit(Fit *f)
{
    begin(f);
    double limit = LEUKO_ODDS_MAX;
    guint i = next_wrong(f, 0);
    while (bound_holds(f)) {
        if (i == f->n)
            return -LEUKO_ODDS_MAX;
        limit = f->rows[i].odds;
        for (; i < f->n && f->rows[i].odds >= limit; i = next_wrong(f, i + 1))
            count(f, f->rows[i].unit, 1, f->out->of_all ? 0 : 1);
    }
    return limit;
}

/* --- fit: all classes ------------------------------------------------------------------------- */

static LeukoPromise promise_of(const LeukoReferralInput *in, guint n_units)
{
    for (guint kind = LEUKO_PROMISE_CONFIDENT; kind > LEUKO_PROMISE_NONE; kind--)
        if (n_units >=
            leuko_referral_units_needed(in->miss_bound, in->confidence, (LeukoPromise)kind))
            return (LeukoPromise)kind;
    return LEUKO_PROMISE_NONE;
}

/* Raise the limits in turn until none changes. FALSE: not with each class ruled out sometimes. */
static gboolean find_limits(Fit *fits, LeukoReferral *out)
{
    gboolean changed = TRUE;
    for (guint k = 0; k < out->n_classes; k++)
        out->classes[k].limit = out->classes[k].promise == LEUKO_PROMISE_NONE ? 0 : -LEUKO_ODDS_MAX;
    for (guint sweep = 0; changed; sweep++) {
        changed = FALSE;
        for (guint k = 0; k < out->n_classes; k++) {
            LeukoReferralClass *c = &out->classes[k];
            double limit = c->promise == LEUKO_PROMISE_NONE ? c->limit : find_limit(&fits[k]);
            if (limit <= c->limit)
                continue;
            if (!out->of_all && (limit >= LEUKO_ODDS_MAX || sweep == MAX_SWEEPS))
                return FALSE;
            c->limit = limit;
            changed = TRUE;
        }
    }
    return TRUE;
}

LeukoReferral *leuko_referral_fit(const LeukoReferralInput *in)
{
    LeukoReferral *out = leuko_referral_new(in->n_classes);
    g_autofree Fit *fits = g_new0(Fit, in->n_classes);
    out->miss_bound = in->miss_bound;
    out->confidence = in->confidence;
    out->by_groups = in->units != NULL;
    out->of_all = in->of_all;
    for (guint k = 0; k < in->n_classes; k++) {
        LeukoReferralClass *c = &out->classes[k];
        fits[k] = (Fit){.in = in, .out = out, .k = k};
        fit_init(&fits[k]);
        c->n = fits[k].n;
        c->n_units = fits[k].n_units;
        c->promise = promise_of(in, c->n_units);
    }
    if (!find_limits(fits, out)) {
        out->of_all = TRUE;
        find_limits(fits, out);
    }
    for (guint k = 0; k < in->n_classes; k++)
        fit_clear(&fits[k]);
    return out;
}
