/* leuko/gate.h: how far the answers of two forms of one model may differ, and how far they do.
 *
 * Compiling compares a graph with the fp32 model that it was made from; verifying compares any two
 * models.
 */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    double flips;   /* share of the decisions that differ, at most */
    double mean_dp; /* mean |p - reference p| of the class that the reference predicts, at most */
    double auc;     /* AUC of the reference (macro for several classes) minus this AUC, at most */
} LeukoGateLimits;

LeukoGateLimits leuko_gate_limits_default(void); /* 0.01, 0.01, 0.005 */

typedef struct {
    guint n, n_flips; /* images; decisions that differ */
    double flips;     /* n_flips / n */
    double mean_dp;
    double auc_reference, auc; /* NAN where a class has no images: the AUC is then not judged */
    gboolean holds;            /* every figure is within its limit */
} LeukoGateFigures;

/* The figures of a graph on one instruction set. */
enum { LEUKO_MAX_OLDER_ISAS = 2 };
typedef struct {
    const char *isa; /* "AVX2", "SSE4.1"; static */
    LeukoGateFigures figures;
} LeukoIsaFigures;

G_END_DECLS
