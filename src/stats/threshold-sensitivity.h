/* stats/threshold-sensitivity.h: the threshold that keeps a sensitivity.
 * Threads: no shared state; any thread.
 */
#pragma once
#include "stats/threshold-draws.h"

G_BEGIN_DECLS

/* The rule SENSITIVITY. Errors: LEUKO_ERROR_DATA. */
gboolean leuko_threshold_for_sensitivity(const LeukoScored *sorted,
                                         const LeukoThresholdInput *input,
                                         LeukoThresholdUnits *units, LeukoThresholdChoice *choice,
                                         double *threshold, GError **error);

G_END_DECLS
