/* leuko/compile.h: from a trained model to AML.graph, with proof that the answers did not change.
 *
 * int8: ranges of activations come from training pictures, the gate compares with fp32 on validation
 * pictures; the test part is not opened. Where the gate does not hold, convolutions are raised to
 * bfloat16 (float32 on a processor without it) one by one, those first whose rounding moved the logits of the calibration pictures most.
 */
#pragma once
#include "leuko/graph.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

enum { LEUKO_MIN_CALIBRATION = 16 }; /* pictures */

typedef struct {
    double flips;   /* share of decisions that differ, at most */
    double mean_dp; /* mean |p - p of fp32| of the class that fp32 decided for, at most */
    double auc;     /* fp32's AUC (macro for several classes) minus this one's, at most */
} LeukoGateLimits;

typedef struct {
    guint n, n_flips;
    double flips, mean_dp;
    double auc_reference, auc; /* NAN where a class has no pictures; not judged then */
    gboolean holds;
} LeukoGateFigures;

/* reference, probabilities (n, K), labels (n); positive, threshold as in LeukoEvalInput. */
void leuko_gate_compare(guint n, guint n_classes, const gint *labels, gint positive, double threshold,
                        const double *reference, const double *probabilities,
                        const LeukoGateLimits *limits, LeukoGateFigures *out);

typedef struct {
    LeukoPrecision precision;
    gboolean vnni;          /* int8: for processors with VNNI only */
    const char *data;       /* folder that sort wrote; NULL: no gate, and no int8 */
    guint n_calibration;    /* training pictures to calibrate with */
    guint max_raised;       /* convolutions that may be raised */
    LeukoGateLimits limits;
    guint n_threads;        /* 0: all */
} LeukoCompileOptions;

LeukoCompileOptions leuko_compile_options_default(void); /* fp32, any processor, 128 pictures, 1 %, 0.01, 0.005 */

typedef struct {
    guint n_calibration;    /* pictures used */
    gboolean gated;
    LeukoGateFigures first; /* before any was raised */
    LeukoGateFigures last;
    guint n_convs, n_raised;
    GPtrArray *raised;      /* names */
    gchar *note;            /* what could not be done here and why, or NULL */
} LeukoCompileReport;
void leuko_compile_report_clear(LeukoCompileReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCompileReport, leuko_compile_report_clear)

/* report is filled also when the gate does not hold.
 * Errors: LEUKO_ERROR_ARGUMENT (int8 without data); LEUKO_ERROR_DATA (no or too few training
 * pictures, no validation part, other classes); LEUKO_ERROR_UNSUPPORTED (8 bits without VNNI here:
 * the gate could not run); LEUKO_ERROR_GATE; those of reading and of the engine.
 * Cost of int8: 0.2 s a calibration picture, then inference of the validation part, and once more for
 * each convolution raised. */
LeukoGraph *leuko_compile(const LeukoModel *model, const LeukoCompileOptions *options,
                          LeukoCompileReport *report, GCancellable *cancellable,
                          LeukoReporter reporter, GError **error);

G_END_DECLS
