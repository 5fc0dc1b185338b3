#include "data/dataset-report.h"
#include "base/plural.h"
#include "base/progress.h"

void leuko_dataset_report(const LeukoDataset *d, LeukoReporter reporter)
{
    const char *layout = leuko_dataset_layout(d), *path = leuko_dataset_path(d);
    guint n_skipped = leuko_dataset_n_skipped(d);
    if (layout && !g_str_has_prefix(layout, "layout class:"))
        leuko_report_line(reporter, "reading", "%s: %s", path, layout);
    for (const gchar *const *note = leuko_dataset_notes(d); *note; note++)
        leuko_report_line(reporter, "reading", "%s", *note);
    if (n_skipped == 0)
        return;
    const char *reason, *file = leuko_dataset_skipped(d, 0, &reason);
    leuko_report_line(reporter, "reading", "%s: %u %s skipped, such as %s (%s)", path, n_skipped,
                      leuko_plural(n_skipped, "file is", "files are"), file, reason);
}
