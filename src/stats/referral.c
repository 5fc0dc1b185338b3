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

typedef struct {
    double odds; /* against the class */
    guint unit;
    gboolean wrong; /* the decision is another class */
} Row;

typedef struct {
    const LeukoReferralInput *in;
    guint k, n;
    Row *rows;     /* (n), the largest odds first */
    guint n_units; /* with an image of the class */
    guint *counts; /* (n_units) images of each */
    guint *missed; /* (n_units) */
    guint n_missed;
    double correction; /* leuko_conformal_correction() */
    double *losses;    /* (n_units) share missed */
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
    guint n_all = in->units ? in->n_units : in->n;
    g_autofree guint *number = g_new0(guint, MAX(n_all, 1));
    f->rows = g_new(Row, MAX(in->n, 1));
    f->counts = g_new0(guint, MAX(n_all, 1));
    for (guint i = 0; i < in->n; i++)
        if (in->labels[i] == (gint)f->k)
            number[in->units ? in->units[i] : i] = 1;
    for (guint u = 0; u < n_all; u++)
        number[u] = number[u] ? f->n_units++ : 0;
    for (guint i = 0; i < in->n; i++) {
        if (in->labels[i] != (gint)f->k)
            continue;
        guint unit = number[in->units ? in->units[i] : i];
        const double *p = in->probabilities + (gsize)i * in->n_classes;
        f->counts[unit]++;
        f->rows[f->n++] =
            (Row){leuko_odds_against(p, in->n_classes, f->k), unit, in->decisions[i] != (gint)f->k};
    }
    qsort(f->rows, f->n, sizeof *f->rows, by_odds);
    f->missed = g_new0(guint, MAX(f->n_units, 1));
    f->losses = g_new(double, MAX(f->n_units, 1));
    f->correction = in->units ? leuko_conformal_correction(f->n_units, f->n, in->confidence) : 0;
}

static void fit_clear(Fit *f)
{
    g_free(f->rows);
    g_free(f->counts);
    g_free(f->missed);
    g_free(f->losses);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fit, fit_clear)

static gboolean bound_holds(const Fit *f)
{
    const LeukoReferralInput *in = f->in;
    if (!in->units)
        return leuko_conformal_share_is_below(f->n_missed, f->n, in->miss_bound, in->confidence);
    for (guint u = 0; u < f->n_units; u++)
        f->losses[u] = (double)f->missed[u] / f->counts[u];
    return leuko_conformal_mean_is_below(f->losses, f->n_units, f->n, f->correction, in->miss_bound,
                                         in->confidence);
}

/* The first wrong decision from row `i` on, or n. */
static guint next_wrong(const Fit *f, guint i)
{
    while (i < f->n && !f->rows[i].wrong)
        i++;
    return i;
}

/* Lower the limit from one wrong decision to the next until the bound does not hold (fixed sequence
 * testing). With the limit at the odds of an image, those above it are missed. */
static double confident_limit(Fit *f)
{
    double limit = LEUKO_ODDS_MAX;
    guint i = next_wrong(f, 0);
    while (bound_holds(f)) {
        if (i == f->n)
            return -LEUKO_ODDS_MAX;
        limit = f->rows[i].odds;
        for (; i < f->n && f->rows[i].odds >= limit; i = next_wrong(f, i + 1)) {
            f->missed[f->rows[i].unit]++;
            f->n_missed++;
        }
    }
    return limit;
}

/* A right decision is never missed: its score is below all others. */
static double average_limit(const Fit *f)
{
    g_autofree double *scores = g_new(double, MAX(f->n, 1));
    g_autofree guint *units = g_new(guint, MAX(f->n, 1));
    for (guint i = 0; i < f->n; i++) {
        scores[i] = f->rows[i].wrong ? f->rows[i].odds : -LEUKO_ODDS_MAX;
        units[i] = f->rows[i].unit;
    }
    return leuko_conformal_quantile(scores, units, f->n, f->n_units, f->in->miss_bound);
}

static void fit_class(const LeukoReferralInput *in, LeukoReferral *out, guint k)
{
    g_auto(Fit) f = {.in = in, .k = k};
    LeukoReferralClass *c = &out->classes[k];
    fit_init(&f);
    c->n = f.n;
    c->n_units = f.n_units;
    for (guint kind = LEUKO_PROMISE_CONFIDENT; kind > LEUKO_PROMISE_NONE; kind--)
        if (!c->promise && f.n_units >= leuko_referral_units_needed(in->miss_bound, in->confidence,
                                                                    (LeukoPromise)kind))
            c->promise = (LeukoPromise)kind;
    if (c->promise == LEUKO_PROMISE_CONFIDENT)
        c->limit = confident_limit(&f);
    else if (c->promise == LEUKO_PROMISE_AVERAGE)
        c->limit = average_limit(&f);
}

LeukoReferral *leuko_referral_fit(const LeukoReferralInput *in)
{
    LeukoReferral *out = leuko_referral_new(in->n_classes);
    out->miss_bound = in->miss_bound;
    out->confidence = in->confidence;
    out->by_groups = in->units != NULL;
    for (guint k = 0; k < in->n_classes; k++)
        fit_class(in, out, k);
    return out;
}
