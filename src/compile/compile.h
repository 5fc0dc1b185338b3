/* compile/compile.h: from a trained model to AML.graph, with proof that the answers did not change.
 *
 * int8: ranges of activations come from training images, the gate compares with fp32 on validation
 * images; the test part is not opened. Where the gate does not hold, convolutions are raised to
 * bfloat16 (float32 on a processor without it) block by block, those first whose rounding moved the logits
 * of the calibration images most. A graph for any processor is then judged once more on older
 * instruction sets.
 */
#pragma once
#include "answer/runnable.h"
#include "engine/quantize.h"
#include "formats/graph.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

enum { LEUKO_MIN_CALIBRATION = 16 }; /* images */

typedef struct {
    double flips;   /* share of decisions that differ, at most */
    double mean_dp; /* mean |p - p of fp32| of the class that fp32 decided for, at most */
    double auc;     /* fp32's AUC (macro for several classes) minus this one's, at most */
} LeukoGateLimits;

typedef struct {
    guint n, n_flips;
    double flips, mean_dp;
    double auc_reference, auc; /* NAN where a class has no images; not judged then */
    gboolean holds;
} LeukoGateFigures;

/* reference, probabilities (n, K), labels (n); positive, threshold as in LeukoEvalInput. */
void leuko_gate_compare(guint n, guint n_classes, const gint *labels, gint positive,
                        double threshold, const double *reference, const double *probabilities,
                        const LeukoGateLimits *limits, LeukoGateFigures *out);

/* A graph's answers on an older instruction set. */
enum { LEUKO_MAX_ELSEWHERE = 2, LEUKO_ELSEWHERE_IMAGES = 256 };
typedef struct {
    const char *isa; /* "AVX2", "SSE4.1" */
    LeukoGateFigures figures;
} LeukoElsewhere;

/* The engine's limit is set once, when a process starts: ONEDNN_MAX_CPU_ISA=limit. So another process has
 * to answer, by leuko_compile_answers() on the graph that this one gives it: answers (n, K). */
typedef gboolean (*LeukoElsewhereFunc)(const LeukoGraph *graph, const char *isa, const char *limit,
                                       guint n, double *answers, gpointer user_data,
                                       GError **error);

typedef struct {
    LeukoPrecision precision;
    gboolean vnni;          /* int8: for processors with VNNI only */
    const char *data;       /* folder that sort wrote; NULL: no gate, and no int8 */
    guint n_calibration;    /* training images to calibrate with */
    LeukoRangeMethod range; /* of activations, by which it is chosen */
    double percentile;      /* for LEUKO_RANGE_PERCENTILE */
    guint max_raised;       /* convolutions that may be raised */
    LeukoGateLimits limits;
    guint n_threads;              /* 0: all */
    LeukoElsewhereFunc elsewhere; /* int8 for any processor; NULL: judged on this processor alone */
    gpointer elsewhere_data;
} LeukoCompileOptions;

/* fp32, any processor, 128 images, MSE, 1 %, 0.01, 0.005 */
LeukoCompileOptions leuko_compile_options_default(void);

typedef struct {
    guint n_calibration; /* images used */
    gboolean gated;
    const char *isa;        /* of this processor, where gated */
    LeukoGateFigures first; /* before any was raised */
    LeukoGateFigures last;
    guint n_elsewhere; /* older instruction sets than this processor's that were tried */
    LeukoElsewhere elsewhere[LEUKO_MAX_ELSEWHERE];
    guint n_convs, n_raised;
    GPtrArray *raised; /* names */
    gchar *note;       /* what could not be done here and why, or NULL */
} LeukoCompileReport;
void leuko_compile_report_clear(LeukoCompileReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LeukoCompileReport, leuko_compile_report_clear)

/* report is filled also when the gate does not hold.
 * Errors: LEUKO_ERROR_ARGUMENT (int8 without data); LEUKO_ERROR_DATA (no or too few training
 * images, no validation part, other classes); LEUKO_ERROR_UNSUPPORTED (8 bits without VNNI here:
 * the gate could not run); LEUKO_ERROR_GATE; those of reading and of the engine.
 * Cost of int8: 0.2 s a calibration image, then inference of the validation part, once more for
 * each block raised; then LEUKO_ELSEWHERE_IMAGES at most on each older instruction set. */
LeukoGraph *leuko_compile(const LeukoModel *model, const LeukoCompileOptions *options,
                          LeukoCompileReport *report, GCancellable *cancellable,
                          LeukoReporter reporter, GError **error);

/* What a graph answers on the images of the validation part of `data` on which older instruction sets are
 * judged, at most n_most of them, evenly spread: (*out_n, K), g_free. Errors: no validation part; those of
 * reading and of the engine. */
double *leuko_compile_answers(LeukoRunnable *graph, const char *data, guint n_most, guint n_threads,
                              guint *out_n, GCancellable *cancellable, LeukoReporter reporter,
                              GError **error);

G_END_DECLS
