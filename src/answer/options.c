#include "answer/options.h"
#include "image/views.h"
#include "leuko/error.h"
#include <math.h>

enum { MAX_BATCH = 256, MAX_THREADS = 1024, MAX_CALLS = 256 };

LeukoClassifierOptions leuko_classifier_options_default(void)
{
    return (LeukoClassifierOptions){.precision = LEUKO_PRECISION_AUTO,
                                    .batch = 1,
                                    .n_calls = 1,
                                    .threshold = (double)NAN,
                                    .low_confidence = 0.8,
                                    .device = LEUKO_DEVICE_CPU};
}

static gboolean refuse_count(const char *name, guint value, guint low, guint high, GError **error)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "%s %u: must be %u to %u", name, value,
                low, high);
    return FALSE;
}

gboolean leuko_classifier_options_check(const LeukoClassifierOptions *o, GError **error)
{
    if (o->batch < 1 || o->batch > MAX_BATCH)
        return refuse_count("batch", o->batch, 1, MAX_BATCH, error);
    if (o->n_threads > MAX_THREADS)
        return refuse_count("threads", o->n_threads, 0, MAX_THREADS, error);
    if (o->n_calls > MAX_CALLS)
        return refuse_count("calls at the same time", o->n_calls, 0, MAX_CALLS, error);
    if (o->n_views != 0 && !leuko_views_possible(o->n_views)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "views %u: must be 1, 2, 4 or 8",
                    o->n_views);
        return FALSE;
    }
    if (!isnan(o->threshold) && !(o->threshold > 0 && o->threshold < 1)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "threshold %g: must be between 0 and 1", o->threshold);
        return FALSE;
    }
    if (!(o->low_confidence >= 0 && o->low_confidence <= 1)) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT, "low confidence %g: must be 0 to 1",
                    o->low_confidence);
        return FALSE;
    }
    return TRUE;
}
