#include "data/divide.h"
#include "base/rng.h"
#include <stdlib.h>

typedef struct {
    guint *counts; /* (n_classes) items of each class */
    guint n_items;
    guint order; /* position in the random order */
    guint part;
} Unit;

static gint larger_first(gconstpointer a, gconstpointer b)
{
    const Unit *x = *(Unit *const *)a, *y = *(Unit *const *)b;
    if (x->n_items != y->n_items)
        return x->n_items < y->n_items ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

static void unit_free(gpointer data)
{
    g_free(((Unit *)data)->counts);
    g_free(data);
}

/* The units in the order of their first items; *unit_of (n) gets each item's. */
static GPtrArray *collect(const guint *units, const gint *labels, gsize n, guint n_classes,
                          Unit **unit_of)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(unit_free);
    g_autoptr(GHashTable) by_number = g_hash_table_new(NULL, NULL);
    for (gsize i = 0; i < n; i++) {
        gpointer key = GUINT_TO_POINTER(units[i]);
        Unit *u = g_hash_table_lookup(by_number, key);
        if (!u) {
            u = g_new0(Unit, 1);
            u->counts = g_new0(guint, n_classes);
            g_hash_table_insert(by_number, key, u);
            g_ptr_array_add(all, u);
        }
        u->counts[labels[i]]++;
        u->n_items++;
        unit_of[i] = u;
    }
    return all;
}

/* How much the part lacks of what the unit holds: 1 when it has nothing yet, 0 when it is full. */
static double need(const Unit *u, const guint *totals, const double *has, double share,
                   guint n_classes)
{
    double sum = 0, weight = 0;
    for (guint k = 0; k < n_classes; k++) {
        if (u->counts[k] == 0)
            continue;
        double target = share * totals[k], w = (double)u->counts[k] / totals[k];
        sum += w * (target - has[k]) / target;
        weight += w;
    }
    return sum / weight;
}

void leuko_divide(const guint *units, const gint *labels, gsize n, guint n_classes,
                  const double *shares, guint n_parts, guint64 seed, guint *part)
{
    g_autofree Unit **unit_of = g_new0(Unit *, n + 1);
    g_autoptr(GPtrArray) all = collect(units, labels, n, n_classes, unit_of);
    g_autofree guint *order = g_new(guint, all->len + 1), *totals = g_new0(guint, n_classes);
    g_autofree double *has = g_new0(double, (gsize)n_parts *n_classes);
    LeukoRng rng;
    leuko_rng_init(&rng, seed, "split", 0);
    for (guint i = 0; i < all->len; i++)
        order[i] = i;
    leuko_rng_shuffle(&rng, order, all->len);
    for (guint i = 0; i < all->len; i++)
        ((Unit *)all->pdata[i])->order = order[i];
    for (gsize i = 0; i < n; i++)
        totals[labels[i]]++;
    g_ptr_array_sort(all, larger_first);
    for (guint i = 0; i < all->len; i++) {
        Unit *u = all->pdata[i];
        double best = -G_MAXDOUBLE;
        for (guint p = 0; p < n_parts; p++) {
            if (shares[p] <= 0)
                continue;
            double lack = need(u, totals, has + (gsize)p * n_classes, shares[p], n_classes);
            if (lack > best + 1e-9 || (lack > best - 1e-9 && shares[p] > shares[u->part] + 1e-12)) {
                best = lack;
                u->part = p;
            }
        }
        for (guint k = 0; k < n_classes; k++)
            has[(gsize)u->part * n_classes + k] += u->counts[k];
    }
    for (gsize i = 0; i < n; i++)
        part[i] = unit_of[i]->part;
}

guint leuko_divide_count_units(const guint *units, const gint *labels, gsize n, gint label)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (gsize i = 0; i < n; i++)
        if (labels[i] == label)
            g_hash_table_add(seen, GUINT_TO_POINTER(units[i]));
    return g_hash_table_size(seen);
}
