#include "cli/eval-options.h"
#include "cli/option-rules.h"

gboolean cli_eval_options(CliEvalOptions *o, const char *command, LeukoEvalOptions *out,
                          GError **error)
{
    *out = leuko_eval_options_default();
    out->no_digest = !o->report; /* which alone shows it */
    if (!cli_one_of("split", o->split, cli_splits, error) ||
        !cli_group_options(&o->grouping, &out->folder, error) ||
        !cli_classifier_options(&o->run, &out->classifier, error))
        return FALSE;
    out->split = o->split;
    out->positive = o->positive;
    out->command = command;
    return TRUE;
}

void cli_eval_options_clear(CliEvalOptions *o)
{
    g_free(o->split);
    g_free(o->positive);
    g_free(o->json_path);
    g_free(o->report);
    cli_group_clear(&o->grouping);
    cli_classifier_clear(&o->run);
}
