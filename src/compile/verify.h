/* compile/verify.h: do two models answer the same? Any two that Leuko runs: a model, a frozen graph, a
 * compiled graph; the first is the reference.
 */
#pragma once
#include "answer/classifier.h"
#include "compile/compile.h"

G_BEGIN_DECLS

/* The figures of the original's check tool (mvNCCheck) over all probabilities, ref the largest expected
 * one of an image, of the image where each is largest; and that tool's limits. */
enum { LEUKO_N_CHECKS = 5 };
typedef struct {
    const char *name;
    double value, limit; /* limit NAN: none */
} LeukoCheckFigure;

typedef struct {
    guint n, n_classes;
    gboolean labeled;        /* images with known classes: AUCs are there */
    double max_dp, relative; /* largest |dp|; |p - q| / |p| over everything */
    LeukoGateFigures gate;   /* flips, mean |dp|, AUC */
    LeukoCheckFigure checks[LEUKO_N_CHECKS];
    guint worst;                 /* the image of the largest |dp| */
    double *reference, *answers; /* (n, K), owned */
} LeukoVerification;
void leuko_verification_clear(LeukoVerification *v);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoVerification, leuko_verification_clear)

/* On a data set, each by its own preprocessing. Errors: LEUKO_ERROR_ARGUMENT: models of different classes; LEUKO_ERROR_DATA:
 * classes that they do not know; as leuko_classifier_run_dataset(). */
gboolean leuko_verify_dataset(LeukoClassifier *a, LeukoClassifier *b, LeukoDataset *dataset,
                              LeukoVerification *out, GCancellable *cancellable,
                              LeukoReporter reporter, GError **error);
/* On n smooth random inputs, by seed: what no image is needed for. Errors: also models of different
 * sides. */
gboolean leuko_verify_random(LeukoClassifier *a, LeukoClassifier *b, guint n, guint64 seed,
                             LeukoVerification *out, GError **error);

G_END_DECLS
