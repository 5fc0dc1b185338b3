#include "stats/units.h"
#include "base/file-names.h"
#include "base/plural.h"
#include <stdlib.h>
#include <string.h>

guint leuko_smallest(const guint *counts, guint n)
{
    guint least = counts[0];
    for (guint i = 1; i < n; i++)
        least = MIN(least, counts[i]);
    return least;
}

static gboolean has_groups(const LeukoEvalInput *in)
{
    for (guint i = 0; in->groups && i < in->n; i++)
        if (in->groups[i][0])
            return TRUE;
    return FALSE;
}

const char **leuko_groups_number(const char *const *names, guint n, guint *unit, guint *n_names)
{
    const char **distinct = g_new(const char *, MAX(n, 1));
    *n_names = 0;
    for (guint i = 0; i < n; i++)
        distinct[i] = names[i];
    qsort(distinct, n, sizeof *distinct, leuko_compare_names);
    for (guint i = 0; i < n; i++)
        if (i == 0 || strcmp(distinct[i], distinct[*n_names - 1]) != 0)
            distinct[(*n_names)++] = distinct[i];
    for (guint i = 0; i < n; i++) {
        const char **at =
            bsearch(&names[i], distinct, *n_names, sizeof *distinct, leuko_compare_names);
        unit[i] = (guint)(at - distinct);
    }
    return distinct;
}

/* The class of each unit, or K if it has several. */
static guint *unit_classes(const LeukoUnits *u, const LeukoEvalInput *in)
{
    guint *classes = g_new(guint, u->n_units);
    for (guint i = 0; i < u->n_units; i++)
        classes[i] = G_MAXUINT;
    for (guint i = 0; i < in->n; i++) {
        guint *own = &classes[u->unit[i]], label = (guint)in->labels[i];
        *own = *own == G_MAXUINT || *own == label ? label : in->n_classes;
    }
    return classes;
}

static void find_strata(LeukoUnits *u, const LeukoEvalInput *in)
{
    u->stratum = unit_classes(u, in);
    u->n_strata = in->n_classes;
    for (guint i = 0; i < u->n_units; i++)
        if (u->stratum[i] == in->n_classes)
            u->n_strata = 1;
    if (u->n_strata == 1)
        memset(u->stratum, 0, sizeof *u->stratum * u->n_units);
}

static void count_class_groups(LeukoUnits *u, const LeukoEvalInput *in)
{
    g_autofree guint8 *seen = g_new0(guint8, (gsize)u->n_groups * in->n_classes);
    for (guint i = 0; i < in->n; i++) {
        guint8 *at = &seen[(gsize)u->unit[i] * in->n_classes + (guint)in->labels[i]];
        u->class_groups[in->labels[i]] += !*at;
        *at = 1;
    }
}

static void choose_regime(LeukoUnits *u, const LeukoEvalInput *in)
{
    u->regime = u->n_groups > 0 ? LEUKO_BY_GROUPS : LEUKO_BY_IMAGES;
    for (guint k = 0; k < in->n_classes && u->regime == LEUKO_BY_GROUPS; k++)
        if (u->class_groups[k] < LEUKO_MIN_GROUPS) {
            g_autofree gchar *why = g_strdup_printf(
                LEUKO_NOT_ESTIMABLE "class %s has %u %s, fewer than %d; see the per-group table",
                in->classes[k], u->class_groups[k], LEUKO_PLURAL(u->class_groups[k], "group"),
                LEUKO_MIN_GROUPS);
            u->reason = g_intern_string(why);
            u->regime = LEUKO_TOO_FEW_GROUPS;
        }
}

LeukoUnits *leuko_units_new(const LeukoEvalInput *in)
{
    LeukoUnits *u = g_new0(LeukoUnits, 1);
    u->unit = g_new(guint, in->n);
    u->class_n = g_new0(guint, in->n_classes);
    u->class_groups = g_new0(guint, in->n_classes);
    for (guint i = 0; i < in->n; i++)
        u->class_n[in->labels[i]]++;
    if (has_groups(in)) {
        u->names = leuko_groups_number(in->groups, in->n, u->unit, &u->n_groups);
        u->n_units = u->n_groups;
        count_class_groups(u, in);
    } else {
        u->n_units = in->n;
        for (guint i = 0; i < in->n; i++)
            u->unit[i] = i;
    }
    choose_regime(u, in);
    find_strata(u, in);
    return u;
}

void leuko_units_free(LeukoUnits *u)
{
    if (!u)
        return;
    g_free(u->unit);
    g_free(u->names);
    g_free(u->class_n);
    g_free(u->class_groups);
    g_free(u->stratum);
    g_free(u);
}
