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

/* TRUE if, with this confidence, the mean of the distribution of the units' losses is below
 * `bound`: the upper bound of Clopper and Pearson is, with the number of independent images that
 * would give the mean the same variance, corrected for the degrees of freedom (Korn and Graubard
 * 1998).
 * bench/conformal.c measures how often this errs. Without a loss each unit is one image.
 * losses      (n units) independent, each the share of the unit's images that are missed
 * n_images    of all units
 * correction  leuko_conformal_correction(), which takes a while */
gboolean leuko_conformal_mean_is_below(const double *losses, guint n, guint n_images,
                                       double correction, double bound, double confidence);
double leuko_conformal_correction(guint n, guint n_images, double confidence);
/* The same of a probability, from k events in n independent trials: exact (Clopper-Pearson). */
gboolean leuko_conformal_share_is_below(guint k, guint n, double bound, double confidence);
/* The smallest n with which the two functions can be TRUE, which needs losses of 0. */
guint leuko_conformal_units_with_confidence(double bound, double confidence);

G_END_DECLS
