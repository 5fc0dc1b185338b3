/* What a stress test computes from answers: changes with intervals, and where a model breaks. */
#include "study/stress.h"
#include <math.h>
#include <string.h>

/* The change of the share referred. "Correct" stands for "referred" here: the decision equals the
 * label where an image is referred, so that the paired accuracies are the shares. */
static gboolean compare_referred(const LeukoEvalJob *job, const LeukoStressRow *rows[2],
                                 LeukoDifference *out, GError **error)
{
    LeukoEvalInput in[2];
    gint *decisions[2];
    for (guint s = 0; s < 2; s++) {
        in[s] = leuko_eval_job_input(job, rows[s]->result);
        g_autofree gboolean *referred = leuko_eval_job_referred(job, rows[s]->result);
        in[s].decisions = decisions[s] = g_new(gint, MAX(in[s].n, 1));
        for (guint i = 0; i < in[s].n; i++) {
            gint label = in[s].labels[i];
            decisions[s][i] = referred[i] ? label : (label + 1) % (gint)in[s].n_classes;
        }
    }
    g_autoptr(LeukoPaired) paired = leuko_paired_compare(&in[0], &in[1], error);
    g_free(decisions[0]);
    g_free(decisions[1]);
    if (paired)
        *out = paired->differences[0];
    out->name = "referred";
    return paired != NULL;
}

gboolean leuko_stress_compare(const LeukoEvalJob *job, const LeukoStressRow *clean,
                              LeukoStressRow *row, GError **error)
{
    const LeukoStressRow *rows[2] = {clean, row};
    const LeukoEvalInput first = leuko_eval_job_input(job, clean->result),
                         second = leuko_eval_job_input(job, row->result);
    row->paired = leuko_paired_compare(&first, &second, error);
    return row->paired &&
           (!leuko_eval_job_refers(job) || compare_referred(job, rows, &row->referred, error));
}

const LeukoDifference *leuko_stress_difference(const LeukoStressRow *row, const char *name)
{
    if (row->referred.name && strcmp(name, "referred") == 0)
        return &row->referred;
    for (guint i = 0; row->paired && i < row->paired->n_differences; i++)
        if (strcmp(row->paired->differences[i].name, name) == 0)
            return &row->paired->differences[i];
    return NULL;
}

/* Add the strengths of one kind to what is known of it. */
static void extend(LeukoStressLimit *l, const LeukoStressRow *row, const LeukoDifference *d,
                   double limit)
{
    l->strongest = row->change.strength;
    if (isfinite(d->difference) && !(d->difference >= l->worst))
        l->worst = d->difference;
    if (isnan(l->breaks_at) && d->difference < -limit) {
        l->breaks_at = row->change.strength;
        l->certain = d->high < -limit;
    }
}

void leuko_stress_find_limits(LeukoStressResult *r)
{
    g_array_set_size(r->limits, 0);
    for (guint i = 1; i < r->rows->len; i++) {
        const LeukoStressRow *row = r->rows->pdata[i], *before = r->rows->pdata[i - 1];
        if (row->info != before->info) {
            const LeukoStressLimit l = {.kind = row->info->name,
                                        .family = row->info->family,
                                        .meaning = row->info->meaning,
                                        .unit = row->info->unit,
                                        .breaks_at = NAN,
                                        .worst = NAN};
            g_array_append_val(r->limits, l);
        }
        extend(&g_array_index(r->limits, LeukoStressLimit, r->limits->len - 1), row,
               leuko_stress_difference(row, r->figure), r->limit);
    }
}
