/* leuko/compile.h: compile a model to a graph that is ready to run, and compare its answers with
 * those of the model.
 *
 * int8: activation ranges come from training images; the gate compares the graph with fp32 on the
 *       validation split; the test split is not used. While the gate fails, blocks of convolutions
 *       are kept in bf16 (in fp32 on a processor without bf16), first the blocks whose rounding
 *       moves the logits of the calibration images most. A graph for any processor is then compared
 *       on older instruction sets.
 * bf16: the gate compares the graph with fp32 if there is a data set and the processor has bf16.
 */
#pragma once
#include "leuko/gate.h"
#include "leuko/precision.h"
#include "leuko/progress.h"
#include <gio/gio.h>

G_BEGIN_DECLS

enum {
    LEUKO_MIN_CALIBRATION = 16,   /* images */
    LEUKO_OLDER_ISA_IMAGES = 256, /* at most, for each older instruction set */
};

/* Start from leuko_compile_options_default(); later versions may add members. */
typedef struct {
    LeukoPrecision precision;
    gboolean vnni;       /* int8: only for processors with VNNI; else for any processor */
    const char *data;    /* folder of shards; NULL: no gate, and no int8 */
    guint n_calibration; /* int8: training images, at least LEUKO_MIN_CALIBRATION */
    const char *range;   /* int8: how the range of an activation is chosen: "mse" (least squared
                               error), "max", or "percentile:P" with 50 < P <= 100; NULL: "mse" */
    guint max_raised;    /* int8: convolutions that may be kept in bf16 */
    LeukoGateLimits limits;
    guint n_threads;           /* 0: all processors */
    gboolean strip_provenance; /* leave out how the model was trained; evaluation can then not
                                  recognize training images */
    const char *program;       /* int8 for any processor: the leuko program, which is run with the
                               engine limited to an older instruction set; NULL: the gate covers
                               this processor only */
} LeukoCompileOptions;

/* fp32, any processor, 128 images, "mse", 48 convolutions, leuko_gate_limits_default(). */
LeukoCompileOptions leuko_compile_options_default(void);

/* Later versions may add members at the end. */
typedef struct {
    LeukoPrecision precision;
    gboolean vnni;
    LeukoGateLimits limits;
    gboolean written;       /* the graph's file */
    guint64 n_bytes;        /* of the file */
    guint n_calibration;    /* int8: training images used */
    gboolean gated;         /* the gate measured the graph: */
    const char *isa;        /* on this instruction set */
    LeukoGateFigures first; /* with every convolution in 8 bits */
    LeukoGateFigures last;  /* of the graph */
    guint n_older;          /* older instruction sets that were tried */
    LeukoIsaFigures older[LEUKO_MAX_OLDER_ISAS];
    guint n_convs, n_raised; /* int8: convolutions; of them kept in bf16 */
    GPtrArray *raised;       /* of gchar *: names of the convolutions kept in bf16 */
    gchar *note;             /* why the graph was not compared, or NULL */
    double speeds[3]; /* by LeukoPrecision: speed by that of fp32 here; 0: not possible here */
    gboolean slower;  /* the graph's precision is slower here than fp32 */
    gchar *advice;    /* "int8 is 2.6 times as fast as fp32 on this processor"; NULL: fp32 is the
                         fastest, or the processor lacks the graph's precision */
} LeukoCompileReport;
void leuko_compile_report_free(LeukoCompileReport *report); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoCompileReport, leuko_compile_report_free)

/* Compile the model at model_path (.safetensors, .pb, .onnx) and write the graph to graph_path. The
 * file appears whole or not at all.
 * out_report  set to a new report on success, and with LEUKO_ERROR_GATE; else to NULL. May be NULL.
 * Errors: LEUKO_ERROR_GATE: the answers differ by more than the limits allow, nothing is written;
 * LEUKO_ERROR_ARGUMENT (range; int8 without data); LEUKO_ERROR_DATA (no training or validation
 * split, too few training images, a class that the model lacks); LEUKO_ERROR_UNSUPPORTED (vnni on a
 * processor without it; the program on an older instruction set failed); those of reading the model
 * and the images and of the engine; LEUKO_ERROR_IO; LEUKO_ERROR_CANCELLED.
 * Cost of int8: 0.2 s per calibration image, then inference of the validation split, once more for
 * each block kept in bf16; then of at most LEUKO_OLDER_ISA_IMAGES images on each older instruction
 * set. */
gboolean leuko_compile_run(const char *model_path, const char *graph_path,
                           const LeukoCompileOptions *options, LeukoCompileReport **out_report,
                           GCancellable *cancellable, LeukoReporter reporter, GError **error);

/* The report as a JSON object, g_free: "precision", "isa" ("any" or "vnni"), "convolutions",
 * "calibration_images", "raised", "written", "gated", "speed_over_fp32" (by precision; null: not
 * possible here); if gated "gate" and "gate_elsewhere" (older
 * instruction sets) with the figures and limits. */
gchar *leuko_compile_report_to_json(const LeukoCompileReport *report);

G_END_DECLS
