#include "base/json.h"
#include "base/progress.h"
#include "data/catalog-leaks.h"
#include "data/sort-plan.h"
#include "leuko/error.h"

/* No group and no image may be in two splits, except those that the caller allows. */
static gboolean check_leaks(const LeukoSortPlan *p, GError **error)
{
    g_autoptr(LeukoLeaks) leaks = leuko_catalog_find_leaks(p->catalog, p->duplicates);
    if (!leuko_leaks_allow(leaks, p->options->allow_leaks, error))
        return FALSE;
    g_autoptr(json_t) allowed = leuko_leaks_allowed_json(leaks);
    g_autofree gchar *text = leuko_leaks_allowed_text(allowed);
    if (text)
        leuko_report_line(p->options->reporter, "sorting", "WARNING: %s: its %s", p->catalog->root,
                          text);
    p->result->has_leaks = text != NULL;
    return leuko_leaks_refuse(leaks, p->catalog->root,
                              "; correct the folders, or divide the images anew", error);
}

gboolean leuko_sort_keep_splits(LeukoSortPlan *p, GError **error)
{
    const LeukoSortOptions usual = leuko_sort_options_default(), *o = p->options;
    if (o->test > 0 || o->test_groups || o->validation != usual.validation) {
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT,
                    "%s: its folders give the splits; shares and test groups apply only if the "
                    "images are divided anew",
                    p->catalog->root);
        return FALSE;
    }
    if (!check_leaks(p, error))
        return FALSE;
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (!leuko_catalog_item(p->catalog, i)->is_copy && p->split[i] != LEUKO_LEFT_OUT)
            p->split[i] = leuko_catalog_item(p->catalog, i)->split;
    p->result->split_kept = TRUE;
    return TRUE;
}
