/* train/decision.h: fits on validation images how a model's logits become probabilities and
 * decisions, and measures a model with them as evaluation does.
 *
 * Shapes: n records of a data set, K classes; logits (n, K) of the records, in order.
 * Threads: no state; a model belongs to one thread.
 */
#pragma once
#include "formats/model.h"
#include "leuko/dataset.h"

G_BEGIN_DECLS

typedef struct {
    double accuracy; /* share of right decisions, by the model's threshold */
    double loss;     /* log-loss of the calibrated probabilities, as in stats/statistic.h */
} LeukoDecisionFigures;

/* Fit the temperature and the map (stats/calibration-fit.h), then the threshold by `rule`
 * (stats/threshold.h; two classes, one of them positive), then the share of positive images from
 * which a patient is positive: the one with the largest balanced accuracy over the groups whose
 * images have one class (NAN: no two of different classes are there).
 * Errors: LEUKO_ERROR_DATA: a logit is not finite; `rule` cannot be kept on these images. The
 * model's threshold and rule are then as before. */
gboolean leuko_decision_fit(LeukoModel *model, const LeukoDataset *validation, const float *logits,
                            const LeukoThresholdRule *rule, GError **error);

/* The same for labels (n) of the model's classes in place of the records' own, and with a word for
 * what the images are (LEUKO_FITTED_...). */
gboolean leuko_decision_fit_labels(LeukoModel *model, const LeukoDataset *dataset,
                                   const gint *labels, const float *logits,
                                   const LeukoThresholdRule *rule, const char *fitted_on,
                                   GError **error);

/* Fit the temperature and the map alone on held-out logits of cross-validation. */
gboolean leuko_decision_calibrate(LeukoModel *model, const LeukoDataset *dataset,
                                  const float *logits, const char *fitted_on, GError **error);

/* What leuko_eval_run() finds on the same images with the same logits. */
LeukoDecisionFigures leuko_decision_measure(const LeukoModel *model, const LeukoDataset *dataset,
                                            const float *logits);

G_END_DECLS
