/* train/threshold.h: chooses from validation images how a model of two classes decides, about an
 * image and about a patient. */
#pragma once
#include "leuko/dataset.h"

/* The threshold between two scores with the largest balanced accuracy; among equal ones, the
 * nearest to 0.5. Returns 0.5 if a class is absent.
 * scores     (n) probability of the positive class
 * positives  (n) */
double leuko_best_threshold(const double *scores, const gboolean *positives, gsize n);

typedef struct {
    double threshold;     /* probability from which an image is positive */
    double patient_share; /* share of positive images from which a patient is; NAN: not learned, as
                             no two patients of different classes are there */
} LeukoDecisionRules;

/* Both rules by the largest balanced accuracy: over the images of `validation`, and over those of
 * its groups whose images have one class.
 * scores  (n records) probability of the class `positive` */
LeukoDecisionRules leuko_choose_rules(const double *scores, const LeukoDataset *validation,
                                      gint positive);
