#include "randomized.h"
#include <stdlib.h>

typedef struct {
    double value;
    guint at;
} Ranked;

static int compare_ranked(const void *a, const void *b)
{
    double x = ((const Ranked *)a)->value, y = ((const Ranked *)b)->value;
    return (x > y) - (x < y);
}

static double *ranks_of(const float *map, guint n)
{
    g_autofree Ranked *all = g_new(Ranked, n);
    double *ranks = g_new(double, n);
    for (guint i = 0; i < n; i++)
        all[i] = (Ranked){(double)map[i], i};
    qsort(all, n, sizeof *all, compare_ranked);
    for (guint i = 0; i < n; i++)
        ranks[all[i].at] = i;
    return ranks;
}

double rank_correlation(const float *a, const float *b, guint n)
{
    g_autofree double *x = ranks_of(a, n), *y = ranks_of(b, n);
    double sum = 0;
    for (guint i = 0; i < n; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return 1 - 6 * sum / ((double)n * ((double)n * n - 1));
}

/* The block of a tensor: "InceptionV3/Mixed_7a/...": Mixed_7a. */
static gboolean is_of_block(const char *tensor, const char *block)
{
    g_autofree gchar *prefix = g_strdup_printf("InceptionV3/%s/", block);
    return g_str_has_prefix(tensor, prefix);
}

LeukoParams *params_randomized(const LeukoParams *own, const LeukoParams *drawn,
                               const char *const *blocks, guint n)
{
    LeukoParams *out = leuko_params_new();
    for (guint i = 0; i < leuko_params_n_tensors(own); i++) {
        const LeukoTensor *t = leuko_params_nth(own, i);
        for (guint k = 0; k < n; k++)
            if (is_of_block(t->name, blocks[k]) && leuko_params_find(drawn, t->name))
                t = leuko_params_find(drawn, t->name);
        (void)leuko_params_add_borrowed(out, t->name, t->n_dims, t->dims, t->data, NULL, NULL);
    }
    return out;
}
