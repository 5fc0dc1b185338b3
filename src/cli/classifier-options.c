#include "cli/classifier-options.h"
#include "cli/option-rules.h"
#include "cli/views-option.h"
#include "formats/graph.h"

gboolean cli_classifier_options(const CliClassifierOptions *o, LeukoClassifierOptions *out,
                                GError **error)
{
    *out = leuko_classifier_options_default();
    if (!cli_in_range("--batch", o->batch, 1, 256, error) ||
        !cli_in_range("--threads", o->threads, 0, 1024, error))
        return FALSE;
    if (!cli_views("views", o->views, error))
        return FALSE;
    if (o->threshold != CLI_NO_THRESHOLD) {
        if (!(o->threshold > 0 && o->threshold < 1))
            return cli_wrong_usage(error, "--threshold %g: must be between 0 and 1", o->threshold);
        out->threshold = o->threshold;
    }
    if (!cli_precision(o->precision, &out->precision, error))
        return FALSE;
    out->n_views = (guint)o->views;
    out->batch = (guint)o->batch;
    out->n_threads = cli_threads(o->threads);
    return TRUE;
}

LeukoClassifier *cli_open_classifier(const char *path, const LeukoClassifierOptions *options,
                                     GError **error)
{
    LeukoClassifier *c = leuko_classifier_open(path, options, error);
    if (c && leuko_classifier_note(c))
        cli_note("%s", leuko_classifier_note(c));
    return c;
}

gboolean cli_precision_applies(const char *path, const char *other, GError **error)
{
    if (!cli_is_given("precision") || !leuko_graph_is_graph(path) ||
        (other && !leuko_graph_is_graph(other)))
        return TRUE;
    return cli_wrong_usage(
        error, "--precision: does not apply to %s: a compiled graph keeps its own", path);
}

void cli_classifier_clear(CliClassifierOptions *o) { g_clear_pointer(&o->precision, g_free); }
