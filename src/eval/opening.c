#include "eval/opening.h"
#include "base/plural.h"
#include "base/progress.h"

gboolean leuko_opening_has_ledger(const LeukoDataset *dataset, const char *split)
{
    gboolean is_folder = leuko_dataset_layout(dataset) != NULL;
    return !is_folder && g_strcmp0(split, "test") == 0;
}

gboolean leuko_opening_record(const LeukoOpening *o, LeukoLedgerUse *use, LeukoReporter reporter,
                              GError **error)
{
    *use = (LeukoLedgerUse){0};
    if (!leuko_opening_has_ledger(o->dataset, o->split))
        return TRUE;
    if (!leuko_ledger_record(leuko_dataset_path(o->dataset), o->models, o->command, use, error))
        return FALSE;
    if (use->n_openings > 0)
        leuko_report_line(reporter, o->phase,
                          "the test split was opened %u %s before, for %u %s: choosing a model by "
                          "its figures makes them too good",
                          use->n_openings, LEUKO_PLURAL(use->n_openings, "time"), use->n_models,
                          LEUKO_PLURAL(use->n_models, "model"));
    return TRUE;
}
