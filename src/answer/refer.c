#include "answer/refer.h"
#include "base/plural.h"
#include "stats/decide.h"
#include <math.h>

LeukoReferReason leuko_refer(const LeukoModel *m, const double *probabilities, gint decision,
                             double score, gint *rival)
{
    gint other = leuko_referral_rival(m->referral, probabilities, decision);
    gboolean outside = leuko_typical_is_outside(m->typical, score);
    if (rival)
        *rival = outside ? -1 : other;
    return outside      ? LEUKO_REFER_UNLIKE
           : other >= 0 ? LEUKO_REFER_CLASS
           : leuko_is_referred(probabilities, m->positive, m->refer_low, m->refer_high)
               ? LEUKO_REFER_BAND
               : LEUKO_REFER_NONE;
}

gchar *leuko_refer_drift_text(const LeukoModel *m, double mean, guint n, guint n_groups)
{
    double p;
    if (!m->typical || !leuko_typical_differs(m->typical, mean, n, MAX(n_groups, 1), &p))
        return NULL;
    return g_strdup_printf("these %u %s lie farther from the training classes than the "
                           "model's calibration images do (distance %.2f, there %.2f; P = %.1g): "
                           "the laboratory, stain or camera may have changed",
                           n, LEUKO_PLURAL(n, "image"), exp(mean), exp(m->typical->reference.mean),
                           p);
}
