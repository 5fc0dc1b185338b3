/* answer/classifier.h: functions of a classifier (leuko/answer.h) that are not part of the API. */
#pragma once
#include "answer/session.h"
#include "leuko/answer.h"

G_BEGIN_DECLS

/* The session that runs the model: preprocessed images or a data set in, probabilities out. */
LeukoSession *leuko_classifier_session(const LeukoClassifier *classifier);
const LeukoClassifierOptions *leuko_classifier_options(const LeukoClassifier *classifier);
/* SHA-256 (hex) of the parameters, or of the file of a compiled graph, as in the ledger; borrowed.
 * NULL for a stick. The first call computes the digest; it must come from one thread. */
const char *leuko_classifier_digest(LeukoClassifier *classifier);

/* leuko_classifier_classify_files() of images with known classes: truth (n_paths), -1 where it is
 * not known; NULL: by the names of the files. */
gboolean leuko_classifier_classify_known(LeukoClassifier *classifier, const char *const *paths,
                                         const gint *truth, guint n_paths, LeukoAnswerFunc func,
                                         gpointer user_data, GCancellable *cancellable,
                                         GError **error);

/* probabilities (n, K) of x_nchw (n, 3, S, S), n >= 1: leuko_session_classify(). Errors: also
 * LEUKO_ERROR_DATA, outputs that are not finite. */
gboolean leuko_classifier_run(LeukoClassifier *classifier, guint n, const float *x_nchw,
                              double *probabilities, GError **error);
/* probabilities (N, K) of all images of a data set: leuko_session_classify_records(). */
gboolean leuko_classifier_run_dataset(LeukoClassifier *classifier, LeukoDataset *dataset,
                                      double *probabilities, GCancellable *cancellable,
                                      LeukoReporter reporter, GError **error);

G_END_DECLS
