/* stats/curves.h: the points of ROC, precision-recall and risk-coverage curves.
 *
 * Each distinct score is one point, so that images with equal scores change sides together. Points
 * follow the falling score: the first has the threshold INFINITY, at which no image is above it.
 * Threads: no shared state; any thread.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    double x, y;
    double threshold; /* images with a score at or above it are counted */
} LeukoCurvePoint;

/* Arrays of LeukoCurvePoint, new; g_array_unref().
 * scores  (n) larger for positive; positive (n)
 *
 * ROC: x = 1 - specificity, y = sensitivity. Its area by trapezoids is the AUC of stats/auc.h.
 * Empty without a positive or a negative image. */
GArray *leuko_roc_points(const double *scores, const gboolean *positive, guint n);
/* x = recall, y = precision; without the point at INFINITY, where no precision exists. Empty
 * without a positive image. */
GArray *leuko_precision_recall_points(const double *scores, const gboolean *positive, guint n);
/* x = share of the images that are answered, those of the largest confidence first; y = share of
 * errors among them. Without the point at INFINITY. */
GArray *leuko_risk_coverage_points(const double *confidence, const gboolean *correct, guint n);

/* How sure each decision is, (n), g_free: with two classes and a threshold the distance of the
 * log-odds from those of the threshold; else the largest probability.
 * probabilities (n, K); positive -1 or threshold NAN: no threshold */
double *leuko_decision_confidence(const double *probabilities, guint n, guint n_classes,
                                  gint positive, double threshold);

/* Remove points that are nearer than `distance`, in both coordinates, to the last one that stays.
 * The first and the last stay. */
void leuko_curve_thin(GArray *points, double distance);

G_END_DECLS
