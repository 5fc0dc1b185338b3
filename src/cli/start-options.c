#include "cli/start-options.h"
#include <string.h>

void cli_start_clear(CliStartOptions *o)
{
    g_free(o->weights);
    g_free(o->endpoint);
    g_free(o->precision);
}

gboolean cli_start_options(const CliStartOptions *o, LeukoStartOptions *start,
                           LeukoFeatureOptions *features, GError **error)
{
    LeukoTrainOptions defaults = leuko_train_options_default();
    if (o->size != 0 && !cli_in_range("--size", o->size, 75, 1024, error))
        return FALSE;
    if (o->depth_multiplier != 0 && !(o->depth_multiplier > 0 && o->depth_multiplier <= 8))
        return cli_wrong_usage(error, "--depth-multiplier %g: must be greater than 0 and at most 8",
                               o->depth_multiplier);
    if (!cli_in_range("--batch", o->batch, 1, 256, error) ||
        !cli_in_range("--threads", o->threads, 0, 1024, error))
        return FALSE;
    *start = (LeukoStartOptions){.weights = o->weights ? o->weights : defaults.start.weights,
                                 .endpoint = o->endpoint,
                                 .depth_multiplier = o->depth_multiplier,
                                 .side_px = (guint)o->size,
                                 .seed = (guint64)o->seed};
    *features = (LeukoFeatureOptions){.precision = defaults.features.precision,
                                      .batch = (guint)o->batch,
                                      .n_threads = cli_threads(o->threads),
                                      .no_cache = o->no_cache};
    return cli_precision(o->precision, &features->precision, error);
}

gboolean cli_start_explain(GError **error)
{
    const char *message = error && *error ? (*error)->message : "";
    if (!g_str_has_suffix(message, "needs random weights"))
        return FALSE;
    g_autoptr(GError) failed = g_steal_pointer(error);
    const char *option = strstr(message, "depth multiplier") ? "depth-multiplier" : "size";
    return cli_wrong_usage(error, "--%s: %s (--weights random)", option, message);
}
