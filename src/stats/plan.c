#include "stats/plan.h"
#include "stats/auc.h"
#include "stats/distribution.h"
#include "stats/metric-types.h"
#include <math.h>

static double wilson_width(double p, double n, double z)
{
    return 2 * z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
}

/* Hanley and McNeil 1982, for m positive and n negative scores. */
static double auc_variance(double auc, double m, double n)
{
    double square = auc * auc, q1 = auc / (2 - auc), q2 = 2 * square / (1 + auc);
    return (auc * (1 - auc) + (m - 1) * (q1 - square) + (n - 1) * (q2 - square)) / (m * n);
}

double leuko_plan_width(const LeukoPlan *plan, guint patients)
{
    if (patients < 2)
        return 1;
    double per_patient = plan->cells / (1 + (plan->cells - 1) * plan->icc);
    double n = patients * per_patient;
    if (plan->figure == LEUKO_PLAN_PROPORTION)
        return wilson_width(plan->expected, n, leuko_student_quantile(0.975, patients - 1.0));
    double others = patients * plan->ratio, fewer = MAX(MIN(patients, others), 2);
    double variance = auc_variance(plan->expected, n, others * per_patient);
    LeukoInterval w =
        leuko_auc_logit(plan->expected, variance, leuko_student_quantile(0.975, fewer - 1));
    return w.high - w.low;
}

guint leuko_plan_patients(const LeukoPlan *plan, double width)
{
    guint low = LEUKO_MIN_GROUPS, high = LEUKO_PLAN_MOST;
    if (plan->figure == LEUKO_PLAN_AUC && plan->ratio < 1) /* of the negative ones too */
        low = (guint)ceil(LEUKO_MIN_GROUPS / plan->ratio);
    if (leuko_plan_width(plan, high) > width)
        return 0;
    while (low < high) { /* the width falls with the number of patients */
        guint middle = low + (high - low) / 2;
        if (leuko_plan_width(plan, middle) <= width)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

double leuko_intraclass_correlation(guint n, const gboolean *outcome, const guint *unit,
                                    guint n_units)
{
    g_autofree double *hits = g_new0(double, n_units), *sizes = g_new0(double, n_units);
    double all = 0, between = 0, within = 0, squares = 0;
    for (guint i = 0; i < n; i++) {
        sizes[unit[i]]++;
        hits[unit[i]] += outcome[i] ? 1 : 0;
        all += outcome[i] ? 1 : 0;
    }
    for (guint u = 0; u < n_units; u++) {
        double share = hits[u] / sizes[u];
        between += sizes[u] * (share - all / n) * (share - all / n);
        within += hits[u] * (1 - share);
        squares += sizes[u] * sizes[u];
    }
    if (n_units < 2 || n <= n_units || between + within <= 0)
        return NAN;
    double typical = (n - squares / n) / (n_units - 1); /* size of a unit */
    double msb = between / (n_units - 1), msw = within / (n - n_units);
    double icc = (msb - msw) / (msb + (typical - 1) * msw);
    return CLAMP(icc, 0, 1);
}
