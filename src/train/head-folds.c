#include "train/head-folds.h"
#include "base/rng.h"
#include "leuko/error.h"
#include <string.h>

/* Rows that must be in the same fold. */
typedef struct {
    guint n_rows, index;
    guint *per_class; /* (K), borrowed */
    guint64 tie;      /* random order among units of the same size */
} Unit;

static gint by_size(gconstpointer a, gconstpointer b)
{
    const Unit *x = a, *y = b;
    if (x->n_rows != y->n_rows)
        return x->n_rows > y->n_rows ? -1 : 1;
    return x->tie < y->tie ? -1 : x->tie > y->tie;
}

static gboolean known(const char *const *names, gsize i) { return names && names[i] && *names[i]; }

/* Set count (K): the number of distinct groups (or sources) with rows of each class. Each row with
 * an unknown name counts as a group. */
static void count_per_class(const gint *labels, const char *const *names, gsize n, guint n_classes,
                            guint *count)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    memset(count, 0, n_classes * sizeof *count);
    for (gsize i = 0; i < n; i++) {
        g_autofree gchar *key = known(names, i) ? g_strdup_printf("%d/%s", labels[i], names[i])
                                                : g_strdup_printf("%d//%zu", labels[i], i);
        count[labels[i]] += g_hash_table_add(seen, g_steal_pointer(&key)) ? 1 : 0;
    }
}

/* Set by_group (K) to TRUE for each class with at least two groups. Returns LEUKO_FOLDS_GROUPED if
 * all classes have two, LEUKO_FOLDS_HALF if at least one group is known, else
 * LEUKO_FOLDS_UNGROUPED. */
static LeukoFoldKind find_kind(const gint *labels, const char *const *groups, gsize n,
                               guint n_classes, gboolean *by_group)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree guint *n_groups = g_new0(guint, n_classes);
    g_autofree guint *n_rows = g_new0(guint, n_classes);
    for (gsize i = 0; i < n; i++) {
        n_rows[labels[i]]++;
        if (known(groups, i))
            n_groups[labels[i]] +=
                g_hash_table_add(seen, g_strdup_printf("%d/%s", labels[i], groups[i])) ? 1 : 0;
    }
    gint present = 0, grouped = 0, any = 0;
    for (guint k = 0; k < n_classes; k++) {
        by_group[k] = n_groups[k] >= 2;
        present += n_rows[k] > 0;
        grouped += by_group[k];
        any += n_groups[k] > 0;
    }
    return grouped == present ? LEUKO_FOLDS_GROUPED
           : any > 0          ? LEUKO_FOLDS_HALF
                              : LEUKO_FOLDS_UNGROUPED;
}

/* Make the units: rows that share a group or source form a unit. Sets unit_of (n): the unit of each
 * row. */
static GArray *make_units(const gint *labels, const char *const *groups, const char *const *sources,
                          gsize n, const gboolean *by_group, guint64 seed, guint *unit_of)
{
    g_autoptr(GHashTable) index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GArray *units = g_array_new(FALSE, TRUE, sizeof(Unit));
    for (gsize i = 0; i < n; i++) {
        gchar *key = known(groups, i) && by_group[labels[i]] ? g_strconcat("g/", groups[i], NULL)
                     : known(sources, i)                     ? g_strconcat("s/", sources[i], NULL)
                                                             : g_strdup_printf("r/%zu", i);
        gpointer found = NULL;
        if (g_hash_table_lookup_extended(index, key, NULL, &found)) {
            unit_of[i] = GPOINTER_TO_UINT(found);
            g_free(key);
        } else {
            LeukoRng rng;
            leuko_rng_init(&rng, seed, "folds", leuko_hash64(key, strlen(key)));
            Unit u = {.index = units->len, .tie = leuko_rng_u64(&rng)};
            unit_of[i] = units->len;
            g_hash_table_insert(index, key, GUINT_TO_POINTER(units->len));
            g_array_append_val(units, u);
        }
        g_array_index(units, Unit, unit_of[i]).n_rows++;
    }
    return units;
}

/* The fold with the fewest rows of the unit's classes; ties: the fewest rows, then the first. */
static guint emptiest(const Unit *u, const guint *rows, const guint *total, guint n_folds,
                      guint n_classes)
{
    guint best = 0;
    guint64 best_cost = G_MAXUINT64;
    for (guint f = 0; f < n_folds; f++) {
        guint64 cost = 0;
        for (guint k = 0; k < n_classes; k++)
            cost += (guint64)u->per_class[k] * rows[f * n_classes + k];
        if (cost < best_cost || (cost == best_cost && total[f] < total[best])) {
            best = f;
            best_cost = cost;
        }
    }
    return best;
}

gboolean leuko_head_folds_make(const gint *labels, const char *const *groups,
                               const char *const *sources, gsize n, guint n_classes, guint64 seed,
                               guint *fold, guint *n_folds, LeukoFoldKind *kind, GError **error)
{
    g_autofree gboolean *by_group = g_new0(gboolean, n_classes);
    g_autofree guint *have = g_new0(guint, n_classes), *have_groups = g_new0(guint, n_classes);
    *kind = find_kind(labels, groups, n, n_classes, by_group);
    count_per_class(labels, sources, n, n_classes, have);
    count_per_class(labels, groups, n, n_classes, have_groups);
    for (guint k = 0; k < n_classes; k++) {
        if (have[k] == 1) {
            g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA,
                        "class %u has only one training image; at least two are needed", k);
            return FALSE;
        }
        if (have[k] > 0)
            *n_folds = MIN(*n_folds, by_group[k] ? have_groups[k] : have[k]);
    }
    *n_folds = MAX(*n_folds, 2);

    g_autofree guint *unit_of = g_new(guint, n);
    g_autoptr(GArray) units = make_units(labels, groups, sources, n, by_group, seed, unit_of);
    g_autofree guint *counts = g_new0(guint, (gsize)units->len * n_classes);
    g_autofree guint *fold_of = g_new0(guint, units->len);
    g_autofree guint *rows = g_new0(guint, (gsize)*n_folds * n_classes); /* (folds, K) */
    g_autofree guint *total = g_new0(guint, *n_folds);
    for (gsize i = 0; i < n; i++)
        counts[(gsize)unit_of[i] * n_classes + (guint)labels[i]]++;
    for (guint j = 0; j < units->len; j++)
        g_array_index(units, Unit, j).per_class = counts + (gsize)j * n_classes;
    g_array_sort(units, by_size);
    for (guint j = 0; j < units->len; j++) {
        const Unit *u = &g_array_index(units, Unit, j);
        guint f = emptiest(u, rows, total, *n_folds, n_classes);
        fold_of[u->index] = f;
        total[f] += u->n_rows;
        for (guint k = 0; k < n_classes; k++)
            rows[f * n_classes + k] += u->per_class[k];
    }
    for (gsize i = 0; i < n; i++)
        fold[i] = fold_of[unit_of[i]];
    return TRUE;
}
