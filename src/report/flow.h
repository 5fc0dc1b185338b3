/* report/flow.h: the way of the images from the files on disk to the figures. */
#pragma once
#include "report/answers.h"

G_BEGIN_DECLS

/* What happened to the files before the evaluation, from what sorting wrote beside the shards
 * (split.csv, excluded.csv) or from the folder itself:
 *   "files": all files, "excluded": {"files", "reasons": [{"reason", "files"}]},
 *   "splits": [{"split", "images", "copies", "groups", "classes": {CLASS: images}}] of shards,
 *   "groups_in_two_splits": their number; null where it is not known
 *   "evaluated": {"split", "images", "groups", "classes"}, "decisions": of
 *   leuko_report_decisions_json()
 * A table that is missing or cannot be read leaves null, and "note" says so. split: NULL: all
 * images. New reference. */
json_t *leuko_report_flow_json(const LeukoReportAnswers *answers, const char *split,
                               guint n_groups);

/* The ledger of shards: [{"opened", "model", "command"}], the last `most`; null without one. New
 * reference. */
json_t *leuko_report_ledger_json(const char *path, guint most);

G_END_DECLS
