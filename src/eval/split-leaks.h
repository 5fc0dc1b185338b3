/* eval/split-leaks.h: what a split that is evaluated shares with the splits before it.
 *
 * `leuko sort` and `leuko train` refuse such splits. An evaluation only warns: what counts is which
 * images the model was trained on (eval/overlap.h), and a model from elsewhere was trained on none
 * of these. It cannot be seen for a model of another program, nor for shifted copies.
 */
#pragma once
#include "data/leaks.h"
#include "leuko/folder.h"
#include "leuko/progress.h"
#include <gio/gio.h>

/* Find groups, sources and copies of images that stand in `split` and in a lower split, on which a
 * model may have been trained or its threshold chosen.
 * path     shards, or a folder of images whose folders give splits
 * split    that is evaluated; NULL: the data has no splits
 * folder   how to read a folder of images; not for shards
 * leaks    output: NULL if there is no lower split; else free with leuko_leaks_free()
 * Errors and cost: those of leuko_split_audit(). */
gboolean leuko_eval_find_split_leaks(const char *path, const char *split,
                                     const LeukoFolderOptions *folder, guint n_threads,
                                     LeukoReporter reporter, GCancellable *cancellable,
                                     LeukoLeaks **leaks, GError **error);
