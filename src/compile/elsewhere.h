/* compile/elsewhere.h: the gate on older instruction sets than this processor's. */
#pragma once
#include "compile/gate.h"

/* Judge `graph` on each older instruction set by options->elsewhere; figures go to report, also
 * where they do not hold. reference (gate->n, K). The gate is thinned. FALSE: an error, not a gate
 * that fails. */
gboolean leuko_elsewhere_judge(const LeukoGraph *graph, LeukoGate *gate, const double *reference,
                               const LeukoCompileOptions *options, LeukoCompileReport *report,
                               GError **error);
gboolean leuko_elsewhere_holds(const LeukoCompileReport *report);
