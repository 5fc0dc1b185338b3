/* answer/classifier.h: what modules inside Leuko may also ask of a classifier (leuko/answer.h). */
#pragma once
#include "answer/session.h"
#include "leuko/answer.h"

G_BEGIN_DECLS

/* The session that runs the model: preprocessed images or a data set in, probabilities out. */
LeukoSession *leuko_classifier_session(const LeukoClassifier *classifier);
const LeukoClassifierOptions *leuko_classifier_options(const LeukoClassifier *classifier);
/* SHA-256 of the parameters or of the graph's file, hex, as the ledger names a model; borrowed.
 * NULL for a stick. The first call computes it: one thread only. */
const char *leuko_classifier_digest(LeukoClassifier *classifier);

/* probabilities (n, K) of x_nchw (n, 3, S, S), n >= 1: leuko_session_classify(). */
gboolean leuko_classifier_run(LeukoClassifier *classifier, guint n, const float *x_nchw,
                              double *probabilities, GError **error);
/* probabilities (N, K) of all images of a data set: leuko_session_classify_records(). */
gboolean leuko_classifier_run_dataset(LeukoClassifier *classifier, LeukoDataset *dataset,
                                      double *probabilities, GCancellable *cancellable,
                                      LeukoReporter reporter, GError **error);

G_END_DECLS
