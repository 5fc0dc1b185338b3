#include "cli/classifier-options.h"
#include <math.h>

gboolean cli_classifier_options(const CliClassifierOptions *o, LeukoClassifierOptions *out,
                                GError **error)
{
    *out = (LeukoClassifierOptions){.precision = LEUKO_FP32, .threshold = NAN};
    if (o->batch < 1 || o->batch > 256)
        return cli_wrong_usage(error, "--batch %d: must be 1 to 256", o->batch);
    if (o->threads < 0 || o->threads > 1024)
        return cli_wrong_usage(error, "--threads %d: must be 0 to 1024", o->threads);
    if (o->threshold >= 0) {
        if (!(o->threshold > 0 && o->threshold < 1))
            return cli_wrong_usage(error, "--threshold %g: must be between 0 and 1", o->threshold);
        out->threshold = o->threshold;
    } else if (o->threshold != -1) {
        return cli_wrong_usage(error, "--threshold %g: must be between 0 and 1", o->threshold);
    }
    g_autoptr(GError) why = NULL;
    if (o->precision && !leuko_precision_parse(o->precision, &out->precision, &why))
        return cli_wrong_usage(error, "--precision: %s", why->message);
    out->batch = (guint)o->batch;
    out->n_threads = cli_threads(o->threads);
    return TRUE;
}

LeukoClassifier *cli_open_classifier(const char *path, gboolean stick,
                                     const LeukoClassifierOptions *options, GError **error)
{
    LeukoClassifier *c = stick ? leuko_classifier_open_stick(path, options, error)
                               : leuko_classifier_open(path, options, error);
    const char *note =
        c ? json_string_value(json_object_get(leuko_classifier_model(c)->provenance, "note"))
          : NULL;
    if (note)
        cli_note("%s", note);
    if (c && leuko_classifier_note(c))
        cli_note("%s: %s", path, leuko_classifier_note(c));
    else if (c && !stick && options->precision != LEUKO_FP32 &&
             leuko_classifier_precision(c) != options->precision)
        cli_note("%s: compiled to %s; --precision is for models", path,
                 leuko_precision_name(leuko_classifier_precision(c)));
    return c;
}

void cli_classifier_clear(CliClassifierOptions *o) { g_clear_pointer(&o->precision, g_free); }
