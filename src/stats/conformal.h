/* stats/conformal.h: thresholds on scores whose errors stay below a stated bound.
 *
 * n scores of images of one class: the larger, the stranger is the image for its class. A unit is
 * what may be exchanged with a new one: a patient, or an image if patients are unknown. An image
 * whose score is above the threshold is missed. "The share missed" is that of a random image of a
 * random new unit, so that each unit counts the same, whatever number of images it has.
 * Pure functions: any number of threads.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The threshold whose share missed is at most `miss` on average over calibration sets: the quantile
 * 1 - miss of the scores, where each unit weighs 1 / (U + 1) and a score that is infinite has the
 * rest. With one image a unit it is the score of rank ceil((n + 1) (1 - miss)).
 * scores   (n)
 * units    (n) index of each score's unit, 0..n_units-1; a unit without scores does not count;
 *          NULL: each score is a unit
 * Returns  INFINITY if 1 / (U + 1) > miss: no threshold can be promised
 * Source   Lee, Barber, Willett 2023, hierarchical conformal prediction; Vovk 2012 for U = n */
double leuko_conformal_quantile(const double *scores, const guint *units, gsize n, guint n_units,
                                double miss);
/* The smallest number of units with which leuko_conformal_quantile() is finite. 0 < miss < 1. */
guint leuko_conformal_units_on_average(double miss);

/* Of each unit: a share m of its images that are missed and a share a that count, m <= a <= 1.
 * Products are summed over units, so that a change costs the same whatever their number. */
typedef struct {
    guint n_units;
    double m, a, mm, ma, aa, mmm, mma, maa, aaa;
} LeukoUnitSums;

/* A unit's shares change from (m, a) to (new_m, new_a); a new unit changes from (0, 0). */
void leuko_unit_sums_change(LeukoUnitSums *sums, double m, double a, double new_m, double new_a);

/* TRUE if, with this confidence, E m / E a of a random unit is below `bound`. The upper bound is
 * that of Clopper and Pearson for as many independent images as give the ratio the same variance
 * (Korn and Graubard 1998) and skewness, corrected for the degrees of freedom. With
 * r = sum m / sum a, the loss of a unit is x = r + (m - r a) / mean a. The losses are taken as
 * events of one size, c = sum x^3 / sum x^2: N = units / c are possible, each with the probability
 * q that gives the variance of x; r - q is added as if it were certain. Without a loss, each unit
 * is one image, of which there are (sum a)^2 / sum a^2.
 * FALSE with fewer than leuko_conformal_units_with_confidence() such units.
 * bench/conformal.c measures how often this errs.
 * n_images    that count
 * correction  leuko_conformal_correction() of all units and images, which takes a while */
gboolean leuko_conformal_ratio_is_below(const LeukoUnitSums *sums, guint n_images,
                                        double correction, double bound, double confidence);
double leuko_conformal_correction(guint n_units, guint n_images, double confidence);
/* TRUE if sum (m - bound a) <= bound - 1. The lowest limit for which this holds keeps E m / E a of
 * a new unit at most at `bound`, on average over calibration sets, if m - bound a falls as the
 * limit rises (Angelopoulos, Bates, Fisch, Lei, Schuster 2024, conformal risk control). With a = 1
 * it is leuko_conformal_quantile(). */
gboolean leuko_conformal_ratio_is_below_on_average(const LeukoUnitSums *sums, double bound);
/* The same of a probability, from k events in n independent trials: exact (Clopper-Pearson). */
gboolean leuko_conformal_share_is_below(guint k, guint n, double bound, double confidence);
/* The smallest n with which the two functions with a confidence can be TRUE. */
guint leuko_conformal_units_with_confidence(double bound, double confidence);

G_END_DECLS
