#include "cli/start-options.h"

void cli_start_clear(CliStartOptions *o)
{
    g_free(o->weights);
    g_free(o->endpoint);
    g_free(o->precision);
}

gboolean cli_start_options(const CliStartOptions *o, LeukoStartOptions *start,
                           LeukoFeatureOptions *features, GError **error)
{
    if (o->size != 0 && (o->size < 75 || o->size > 1024))
        return cli_wrong_usage(error, "--size %d: must be 75 to 1024", o->size);
    if (o->depth_multiplier != 0 && !(o->depth_multiplier > 0 && o->depth_multiplier <= 8))
        return cli_wrong_usage(error, "--depth-multiplier %g: must be above 0, to 8",
                               o->depth_multiplier);
    if (o->batch < 1 || o->batch > 256)
        return cli_wrong_usage(error, "--batch %d: must be 1 to 256", o->batch);
    if (o->threads < 0 || o->threads > 1024)
        return cli_wrong_usage(error, "--threads %d: must be 0 to 1024", o->threads);
    *start = (LeukoStartOptions){o->weights ? o->weights : "backbone", o->endpoint,
                                 o->depth_multiplier, (guint)o->size, (guint64)o->seed};
    *features = (LeukoFeatureOptions){leuko_features_precision(), (guint)o->batch,
                                      cli_threads(o->threads), o->no_cache};
    g_autoptr(GError) why = NULL;
    if (o->precision && (!leuko_precision_parse(o->precision, &features->precision, &why) ||
                         features->precision == LEUKO_INT8))
        return cli_wrong_usage(error, "--precision %s: must be fp32 or bf16", o->precision);
    return TRUE;
}
