/* stats/referral.h: which images a model leaves to a person, so that few are missed.
 *
 * The prediction set of an image holds the model's decision and each class k that cannot be ruled
 * out: the log-odds against it, log((1 - p_k) / p_k), are at or below the limit of the class. A set
 * of one class is the answer; with several the image is referred. An image is missed if it
 * is answered as another class.
 *
 * leuko_referral_fit() chooses the limit of each class, the smallest that holds a promise about
 * the share missed, either of the answered images of the class or of all its images, answered or
 * referred:
 *   LEUKO_PROMISE_CONFIDENT  with the stated confidence it is below miss_bound
 *   LEUKO_PROMISE_AVERAGE    too few units for that: it is at most miss_bound on average over
 *                            calibration sets (class-conditional conformal prediction)
 *   LEUKO_PROMISE_NONE       too few units for this too: the class never causes a referral
 * Units are patients, each of which counts the same, or images if patients are unknown
 * (stats/conformal.h). The promise is for units that are exchangeable with those of the fit. The
 * decision always belongs to its set, which only lowers the share missed.
 * The limits of other classes refer images too. For the share of the answered images, all limits
 * start where nothing is referred, and each is raised in turn until the promise of every class
 * holds. Where that ends with a class that is never ruled out, so that only this class is answered,
 * the bound is on the share of all images instead (of_all).
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define LEUKO_ODDS_MAX            100.0 /* log-odds are cut off at +- this */
#define LEUKO_REFERRAL_MISS_BOUND 0.05
#define LEUKO_REFERRAL_CONFIDENCE 0.9

typedef enum {
    LEUKO_PROMISE_NONE,
    LEUKO_PROMISE_AVERAGE,
    LEUKO_PROMISE_CONFIDENT,
} LeukoPromise;

typedef struct {
    LeukoPromise promise;
    double limit;     /* -LEUKO_ODDS_MAX to LEUKO_ODDS_MAX, which never rules the class out; without
                         a promise 0, unused */
    guint n, n_units; /* images and units of the class that the limit was fitted on */
} LeukoReferralClass;

typedef struct {
    guint n_classes;
    double miss_bound, confidence; /* each between 0 and 1 */
    gboolean by_groups;            /* units are groups, else images */
    gboolean of_all; /* the bound is on the share of all images of a class, else of the answered */
    LeukoReferralClass *classes; /* (K) */
} LeukoReferral;

typedef struct {
    guint n, n_classes;
    const gint *labels;          /* (n), 0..K-1 */
    const double *probabilities; /* (n, K) */
    const gint *decisions;       /* (n), 0..K-1 */
    const guint *units; /* (n), 0..n_units-1, numbered independently of scores; NULL: images
                                    are the units */
    guint n_units;
    double miss_bound, confidence;
    gboolean of_all; /* do not try a bound on the share of the answered images */
} LeukoReferralInput;

LeukoReferral *leuko_referral_new(guint n_classes); /* no promises */
LeukoReferral *leuko_referral_fit(const LeukoReferralInput *input);
LeukoReferral *leuko_referral_copy(const LeukoReferral *referral);
void leuko_referral_free(LeukoReferral *referral); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoReferral, leuko_referral_free)

/* The log-odds against class k of a row of probabilities (K). */
double leuko_odds_against(const double *probabilities, guint n_classes, guint k);
/* The likeliest class, other than the decision, that cannot be ruled out; -1: none, the decision is
 * the answer. referral NULL: -1. */
gint leuko_referral_rival(const LeukoReferral *referral, const double *probabilities,
                          gint decision);

/* The smallest number of units for a promise of each kind. */
guint leuko_referral_units_needed(double miss_bound, double confidence, LeukoPromise promise);
/* "none", "average", "confident". */
const char *leuko_promise_name(LeukoPromise promise);
gboolean leuko_promise_parse(const char *name, LeukoPromise *out);

G_END_DECLS
