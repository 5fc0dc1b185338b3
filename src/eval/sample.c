#include "eval/sample.h"
#include "base/rng.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    guint record;
    const char *group;
    guint64 draw;
    guint turn; /* how many images of its class and group come before it */
} Candidate;

static int by_draw(gconstpointer a, gconstpointer b)
{
    const Candidate *x = a, *y = b;
    if (x->draw != y->draw)
        return x->draw < y->draw ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static int by_turn(gconstpointer a, gconstpointer b)
{
    const Candidate *x = a, *y = b;
    return x->turn != y->turn ? (x->turn > y->turn) - (x->turn < y->turn) : by_draw(a, b);
}

static int by_record(gconstpointer a, gconstpointer b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return (x > y) - (x < y);
}

/* The images of one class in the order in which they are chosen: first one of each group. */
static GArray *candidates_of(const LeukoDataset *dataset, gint label, guint64 seed)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(Candidate));
    for (guint i = 0; i < leuko_dataset_n_records(dataset); i++) {
        const LeukoRecord *r = leuko_dataset_record(dataset, i);
        LeukoRng rng;
        if (r->label != label)
            continue;
        leuko_rng_init(&rng, seed, "sample", r->key);
        const Candidate c = {i, *r->group ? r->group : r->file, leuko_rng_u64(&rng), 0};
        g_array_append_val(all, c);
    }
    g_array_sort(all, by_draw);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < all->len; i++) {
        Candidate *c = &g_array_index(all, Candidate, i);
        c->turn = GPOINTER_TO_UINT(g_hash_table_lookup(seen, c->group));
        g_hash_table_insert(seen, (gpointer)c->group, GUINT_TO_POINTER(c->turn + 1));
    }
    g_array_sort(all, by_turn);
    return all;
}

guint *leuko_eval_sample(const LeukoDataset *dataset, guint n_wanted, guint64 seed, guint *n)
{
    guint n_all = leuko_dataset_n_records(dataset);
    double share = MIN((double)n_wanted / MAX(n_all, 1), 1);
    guint *records = g_new(guint, MAX(n_all, 1));
    *n = 0;
    for (gint k = -1; k < (gint)leuko_dataset_n_classes(dataset); k++) {
        g_autoptr(GArray) all = candidates_of(dataset, k, seed);
        guint wanted = (guint)MAX(rint(share * all->len), all->len > 0 ? 1 : 0);
        for (guint i = 0; i < wanted; i++)
            records[(*n)++] = g_array_index(all, Candidate, i).record;
    }
    qsort(records, *n, sizeof *records, by_record);
    return records;
}
