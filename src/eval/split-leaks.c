#include "eval/split-leaks.h"
#include "data/split-audit.h"

gboolean leuko_eval_find_split_leaks(const char *path, const char *split,
                                     const LeukoFolderOptions *folder, guint n_threads,
                                     LeukoReporter reporter, GCancellable *cancellable,
                                     LeukoLeaks **leaks, GError **error)
{
    LeukoSplit own = split ? leuko_split_find(split) : LEUKO_TRAIN;
    *leaks = NULL;
    if (own == LEUKO_TRAIN)
        return TRUE;
    *leaks = leuko_split_audit(path, folder, n_threads, cancellable, reporter, error);
    if (!*leaks)
        return FALSE;
    gboolean has_lower = FALSE;
    for (guint i = 0; i < (*leaks)->n_items; i++)
        has_lower =
            has_lower || ((*leaks)->items[i].split >= 0 && (*leaks)->items[i].split < (gint)own);
    leuko_leaks_keep_split(*leaks, own);
    if (!has_lower)
        g_clear_pointer(leaks, leuko_leaks_free);
    return TRUE;
}
