#include "study/crossval-repeat.h"
#include "stats/decide.h"
#include <math.h>

void leuko_repeat_answers_clear(LeukoRepeatAnswers *a)
{
    g_free(a->records);
    g_free(a->labels);
    g_free(a->groups);
    g_free(a->p);
    g_free(a->decisions);
    g_free(a->shares);
}
/* Where each record stands among the scored ones; (n), g_free. */
static guint *place_scored(const LeukoCrossvalData *d)
{
    guint *place = g_new0(guint, d->n + 1), n = 0;
    for (guint i = 0; i < d->n; i++)
        if (d->scored[i])
            place[i] = n++;
    return place;
}

static void name_images(LeukoRepeatAnswers *a, const LeukoCrossvalData *d)
{
    guint at = 0;
    for (guint i = 0; i < d->n; i++) {
        if (!d->scored[i])
            continue;
        a->records[at] = i;
        a->labels[at] = d->labels[i];
        a->groups[at++] = d->inner_groups[i];
    }
}

/* Sum the answers of a repeat's folds. votes (n, K): decisions; counts (n): answers. */
static void sum_answers(LeukoRepeatAnswers *a, const LeukoCrossvalResult *r, guint repeat,
                        guint *votes, guint *counts)
{
    const LeukoCrossvalData *d = r->data;
    guint n_classes = d->n_classes;
    g_autofree guint *place = place_scored(d);
    for (guint f = 0; f < r->folds->len; f++) {
        const LeukoFoldAnswers *fold = r->answers->pdata[f];
        if (((const LeukoFold *)r->folds->pdata[f])->repeat != repeat)
            continue;
        for (guint j = 0; j < fold->n_held; j++) {
            const double *p = fold->p + (gsize)j * n_classes;
            guint at = place[fold->held[j]];
            gint decision = leuko_decide(p, n_classes, d->positive, fold->threshold);
            for (guint k = 0; k < n_classes; k++)
                a->p[(gsize)at * n_classes + k] += p[k];
            votes[(gsize)at * n_classes + (guint)MAX(decision, 0)]++;
            counts[at]++;
            a->shares[at] += isnan(fold->patient_share) ? 0.5 : fold->patient_share;
        }
    }
}

void leuko_repeat_answers_init(LeukoRepeatAnswers *a, const LeukoCrossvalResult *r, guint repeat)
{
    const LeukoCrossvalData *d = r->data;
    guint n_classes = d->n_classes;
    a->n = d->n_scored;
    a->records = g_new(guint, a->n + 1);
    a->labels = g_new(gint, a->n + 1);
    a->groups = g_new(const char *, a->n + 1);
    a->p = g_new0(double, (gsize)a->n *n_classes + 1);
    a->decisions = g_new0(gint, a->n + 1);
    a->shares = g_new0(double, a->n + 1);
    g_autofree guint *votes = g_new0(guint, (gsize)a->n * n_classes + 1);
    g_autofree guint *counts = g_new0(guint, a->n + 1);
    name_images(a, d);
    sum_answers(a, r, repeat, votes, counts);
    for (guint i = 0; i < a->n; i++) {
        guint positive = (guint)MAX(d->positive, 0), n = MAX(counts[i], 1);
        const guint *vote = votes + (gsize)i * n_classes;
        a->decisions[i] = (gint)positive; /* where the votes are equal */
        for (guint k = 0; k < n_classes; k++) {
            a->p[(gsize)i * n_classes + k] /= n;
            if (vote[k] > vote[a->decisions[i]])
                a->decisions[i] = (gint)k;
        }
        a->shares[i] /= n;
    }
}

LeukoEvalInput leuko_repeat_input(const LeukoCrossvalResult *r, const LeukoRepeatAnswers *a)
{
    const LeukoCrossvalData *d = r->data;
    return (LeukoEvalInput){.n = a->n,
                            .n_classes = d->n_classes,
                            .classes = (const char *const *)leuko_dataset_classes(d->dataset),
                            .labels = a->labels,
                            .probabilities = a->p,
                            .groups = d->has_groups ? a->groups : NULL,
                            .positive = d->positive,
                            .threshold = NAN,
                            .prevalence = NAN,
                            .decisions = a->decisions,
                            .patient_shares = a->shares};
}
