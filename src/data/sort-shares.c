#include "data/sort-plan.h"
#include "leuko/split.h"
#include <math.h>

/* Originals that must stay together: their number, and one of them. */
static guint largest_unit(const LeukoSortPlan *p, guint *example)
{
    guint n = p->catalog->items->len, most = 0;
    g_autofree guint *sizes = g_new0(guint, n + 1);
    for (guint i = 0; i < n; i++)
        if (!leuko_catalog_item(p->catalog, i)->is_copy && p->split[i] != LEUKO_LEFT_OUT &&
            ++sizes[p->unit[i]] > most) {
            most = sizes[p->unit[i]];
            *example = i;
        }
    return most;
}

static gchar *describe_split(const LeukoSortPlan *p, gint split, double wanted, double got,
                             guint total)
{
    guint example = 0, most = largest_unit(p, &example);
    const LeukoItem *item = leuko_catalog_item(p->catalog, example);
    const char *what = p->catalog->has_groups ? item->group : item->file;
    return g_strdup_printf("%s has %.0f %% of the images instead of %.0f %%: images of one group, "
                           "and duplicates, stay together (the largest: %s, %.0f %%)",
                           leuko_split_name((LeukoSplit)split), 100 * got, 100 * wanted, what,
                           100.0 * most / total);
}

GStrv leuko_sort_describe_shares(const LeukoSortPlan *p)
{
    const LeukoSortOptions *o = p->options;
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    guint counts[LEUKO_N_SPLITS] = {0}, total = 0;
    for (guint i = 0; i < p->catalog->items->len; i++)
        if (!leuko_catalog_item(p->catalog, i)->is_copy && p->split[i] != LEUKO_LEFT_OUT) {
            counts[p->split[i]]++;
            total++;
        }
    gboolean by_shares = !p->result->split_kept && !o->test_groups && total > 0;
    const double wanted[LEUKO_N_SPLITS] = {1 - o->validation - o->test, o->validation, o->test};
    for (gint s = 0; by_shares && s < LEUKO_N_SPLITS; s++) {
        double got = (double)counts[s] / total;
        /* half an image more or less is no miss */
        if (fabs(got - wanted[s]) <= fmax(0.2 * wanted[s], 0.5 / total + 1e-9))
            continue;
        g_autofree gchar *line = describe_split(p, s, wanted[s], got, total);
        g_strv_builder_add(lines, line);
    }
    return g_strv_builder_end(lines);
}
