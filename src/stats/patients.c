#include "stats/patients.h"
#include "base/json.h"
#include "stats/units.h"
#include <math.h>

/* Images of each group: all, of the positive class, decided positive. */
typedef struct {
    guint n, n_positive, n_decided;
    double limit; /* share of positive images, from which it is positive */
} Patient;

static Patient *count_images(const LeukoEvalInput *in, const LeukoUnits *units, double share)
{
    Patient *patients = g_new0(Patient, units->n_groups);
    g_autofree gint *decided = leuko_decide_all(in);
    for (guint i = 0; i < in->n; i++) {
        Patient *p = &patients[units->unit[i]];
        p->n++;
        p->n_positive += in->labels[i] == in->positive;
        p->n_decided += decided[i] == in->positive;
        p->limit = in->patient_shares ? in->patient_shares[i] : share;
    }
    return patients;
}

static LeukoEvaluation *evaluate(const LeukoEvalInput *in, double share, guint n,
                                 const gint *labels, const double *shares, const gint *decisions)
{
    guint positive = (guint)in->positive;
    g_autofree double *probabilities = g_new(double, 2 * (gsize)n);
    for (guint i = 0; i < n; i++) {
        probabilities[2 * i + positive] = shares[i];
        probabilities[2 * i + 1 - positive] = 1 - shares[i];
    }
    const LeukoEvalInput patients = {.n = n,
                                     .n_classes = 2,
                                     .classes = in->classes,
                                     .labels = labels,
                                     .probabilities = probabilities,
                                     .positive = in->positive,
                                     .threshold = share,
                                     .prevalence = in->prevalence,
                                     .decisions = decisions};
    return leuko_evaluate(&patients, NULL);
}

LeukoPatientFigures *leuko_evaluate_patients(const LeukoEvalInput *in, double share)
{
    g_autoptr(LeukoUnits) units = leuko_units_new(in);
    if (in->n_classes != 2 || in->positive < 0 || units->n_groups == 0)
        return NULL;
    LeukoPatientFigures *f = g_new0(LeukoPatientFigures, 1);
    f->learned = !isnan(share);
    f->share = f->learned ? share : 0.5;
    g_autofree Patient *patients = count_images(in, units, f->share);
    g_autofree gint *labels = g_new(gint, units->n_groups);
    g_autofree gint *decisions = g_new(gint, units->n_groups);
    g_autofree double *shares = g_new(double, units->n_groups);
    for (guint g = 0; g < units->n_groups; g++) {
        const Patient *p = &patients[g];
        if (!*units->names[g]) {
            f->n_outside = p->n;
        } else if (p->n_positive > 0 && p->n_positive < p->n) {
            f->n_mixed++;
        } else {
            labels[f->n] = p->n_positive > 0 ? in->positive : 1 - in->positive;
            shares[f->n] = (double)p->n_decided / p->n;
            decisions[f->n] = shares[f->n] >= p->limit ? in->positive : 1 - in->positive;
            f->n++;
        }
    }
    if (f->n > 0)
        f->figures = evaluate(in, f->share, f->n, labels, shares, decisions);
    return f;
}

void leuko_patient_figures_free(LeukoPatientFigures *f)
{
    if (!f)
        return;
    leuko_evaluation_free(f->figures);
    g_free(f);
}

json_t *leuko_patient_figures_to_json(const LeukoPatientFigures *f)
{
    return json_pack("{s:f, s:b, s:i, s:i, s:i, s:o}", "share", f->share, "learned", f->learned,
                     "patients", (int)f->n, "mixed", (int)f->n_mixed, "images_outside",
                     (int)f->n_outside, "figures",
                     f->figures ? leuko_evaluation_to_json(f->figures) : json_null());
}
