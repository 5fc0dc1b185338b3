/* stats/decide.h: from logits to calibrated probabilities, and from probabilities to a decision.
 *
 * K classes. Pure functions: any number of threads.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Replace the logits z (K), K >= 1, by their softmax; return the logsumexp of the logits. */
double leuko_softmax(double *z, guint n_classes);

/* probabilities = softmax(logits / temperature), both (K); computed in double, so they sum to 1.
 * FALSE: a logit is not finite; all probabilities are then NAN. */
gboolean leuko_soften(const float *logits, guint n_classes, double temperature,
                      double *probabilities);

/* The class that a row of probabilities (K) decides for. With two classes, a positive class and a
 * threshold: the positive class if its probability is at or above the threshold. Else (positive -1,
 * threshold NAN, or K > 2): the class of the largest probability, the first of equal ones.
 * -1: a probability is not finite, so that there is no decision. */
gint leuko_decide(const double *probabilities, guint n_classes, gint positive, double threshold);

/* TRUE if the probability of the positive class lies from `low` to `high`, the band in which a
 * person must decide. FALSE without a positive class (-1) or without a band (low is NAN). */
gboolean leuko_is_referred(const double *probabilities, gint positive, double low, double high);

G_END_DECLS
