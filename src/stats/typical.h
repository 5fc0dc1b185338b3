/* stats/typical.h: how far the features of an image lie from those of the training classes, and
 * whether a run of images differs from those that the distance was measured on.
 *
 * C features, K classes, r axes. The distance of features f from class k is Mahalanobis' with the
 * covariance within classes, shrunk towards a multiple of the identity (Ledoit and Wolf 2004) and
 * kept as r axes of large variance and one variance for all other directions (Tipping and Bishop
 * 1999, probabilistic principal components). The score is the logarithm of the distance from the
 * nearest class, divided by sqrt(C).
 * Threads: a LeukoTypical that is not being changed may be read by any thread.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

#define LEUKO_TYPICAL_AXES        32
#define LEUKO_TYPICAL_MAX_CLASSES 64
#define LEUKO_TYPICAL_SHARE       0.01  /* of images like those of the calibration to refer */
#define LEUKO_TYPICAL_FALSE_ALARM 0.001 /* of leuko_typical_differs() */

/* What leuko_typical_differs() compares a run with: the scores of the calibration. */
typedef struct {
    guint n_images, n_groups; /* n_groups 0: unknown */
    double mean;
    double between, within; /* variances: of the groups' means, of images in a group */
} LeukoTypicalReference;

typedef struct {
    guint n_features, n_classes, n_axes;
    float *means;      /* (K, C) */
    float *axes;       /* (r, C), orthonormal */
    float *precisions; /* (r + 1): 1 / variance of each axis, then of the other directions */
    double limit;      /* a score above it is unlike the training images; NAN: not calibrated */
    LeukoTypicalReference reference;
} LeukoTypical;

/* Fit means, axes and precisions.
 * x       (n, C); labels (n), 0..K-1; every class has a row
 * Returns NULL if n < 2 K or all rows of each class are equal. limit is NAN.
 * Cost    about n x C x 400 multiplications */
LeukoTypical *leuko_typical_fit(const float *x, const gint *labels, guint n, guint n_features,
                                guint n_classes);
/* Set the limit, the score of rank ceil((n + 1) (1 - LEUKO_TYPICAL_SHARE)), and the reference.
 * scores  (n) of images that did not take part in the fit
 * groups  (n) index of each image's group, 0..n_groups-1; NULL: unknown
 * The limit stays NAN if n is below 99. */
void leuko_typical_calibrate(LeukoTypical *typical, const double *scores, const guint *groups,
                             guint n, guint n_groups);
void leuko_typical_free(LeukoTypical *typical); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoTypical, leuko_typical_free)

/* The score of features (C); NAN if one is not finite. */
double leuko_typical_score(const LeukoTypical *typical, const float *features);
/* TRUE if the score is above the limit; FALSE without a limit. */
gboolean leuko_typical_is_outside(const LeukoTypical *typical, double score);

/* TRUE if the scores of a run lie higher than those of the calibration, by a one-sided t test of
 * the means with random groups: P <= LEUKO_TYPICAL_FALSE_ALARM for a run of the same laboratory.
 * mean      of the scores of the run's n images
 * n_groups  of the run, at least 1; a folder of unknown groups counts as one
 * p         out: the probability, NAN if the reference has fewer than 5 groups (or, with groups
 *           unknown, 20 images) or the run fewer than 20 images */
gboolean leuko_typical_differs(const LeukoTypical *typical, double mean, guint n, guint n_groups,
                               double *p);

G_END_DECLS
