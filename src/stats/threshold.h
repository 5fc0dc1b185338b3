/* stats/threshold.h: chooses the decision threshold of two classes from labeled images that the
 * model was not trained on.
 *
 * BALANCED and COST. On the images, a threshold t has the value
 *       (1 - w) specificity(t) + w sensitivity(t);
 * BALANCED: w = 1/2; COST: w = c q / (c q + 1 - q), where a missed positive costs c false alarms
 * and q is the prevalence. The t with the largest value follows few groups too closely. So:
 *   1. Draw LEUKO_THRESHOLD_DRAWS resamples of the groups (images, where no group is known), each
 *      class apart, and take the best t of each, on the scale of log-odds: mean b, variance v.
 *   2. Shrink b towards b0, the best threshold if the probabilities are calibrated: its odds are
 *      (1 - w) / w times those of the positive class among the images. BALANCED with as many images
 *      of each class: b0 = 0, a threshold of 0.5.
 *   3. The threshold is b0 + (b - b0) / (1 + s), with s = v + 1 / g, g the groups of the class with
 *      fewer of them: the mean of a normal posterior with prior variance 1. Its interval is that
 *      posterior's, +- 1.96 sqrt(s / (1 + s)).
 *   4. If an image's score is so close that rounding could decide, move away from it.
 * Measured with bench/threshold-rules.py, 200 studies for each number of patients: the balanced
 * accuracy lost against the best possible threshold, in percent, as mean over 4 to 100 patients
 * (with 4 patients):
 *                                half positive   a fifth positive
 *   best t of the images         0.76 (1.42)     1.22 (2.07)
 *   0.5                          1.35 (1.39)          (5.05)
 *   mean of the resamples        0.48 (0.87)     0.86 (1.67)
 *   shrunk towards 0.5           0.40 (0.66)          (2.53)
 *   shrunk towards b0            0.40 (0.68)     0.62 (1.05)
 *
 * SENSITIVITY: the largest t whose sensitivity on the images has a lower 95 % confidence bound
 * (Clopper and Pearson 1934, one-sided) of at least the target. Images of one group count for less
 * than independent ones: stats/threshold-sensitivity.c.
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/threshold-draws.h"

G_BEGIN_DECLS

LeukoThresholdChoice leuko_threshold_choice_none(void);

/* Choose by choice->rule, which is set; fills the rest of *choice. The threshold lies between 0 and
 * 1. It is 0.5, and the interval NAN, if a class is absent. The same input gives the same result on
 * every machine. Cost: LEUKO_THRESHOLD_DRAWS passes over the images.
 * Errors: LEUKO_ERROR_DATA: SENSITIVITY cannot be shown with so few positive images; *threshold is
 * then unchanged. */
gboolean leuko_threshold_choose(const LeukoThresholdInput *input, LeukoThresholdChoice *choice,
                                double *threshold, GError **error);

/* The threshold between two scores with the largest balanced accuracy; among equal ones, the
 * nearest to 0.5. Returns 0.5 if a class is absent. */
double leuko_best_threshold(const double *scores, const gboolean *positives, gsize n);

G_END_DECLS
